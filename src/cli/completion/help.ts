/** The text of `barewire completion --help`. */

export const COMPLETION_HELP = `Usage: barewire completion SHELL

Prints what makes a shell complete commands, options and file names of barewire.
SHELL is bash, zsh or fish:

  bash   echo 'eval "$(barewire completion bash)"' >> ~/.bashrc
  zsh    barewire completion zsh > "\${fpath[1]}/_barewire"
  fish   barewire completion fish > ~/.config/fish/completions/barewire.fish

Options:
  -h, --help   show this

Exit codes: 0 printed, 2 wrong arguments.
`;
