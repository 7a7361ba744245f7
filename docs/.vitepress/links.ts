/** The pages are read on GitHub, too. There they link to files beside docs/, of which the site has none. */

interface Token {
  readonly type: string;
  readonly children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/** What is used of markdown-it. */
export interface Markdown {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: {
          readonly tokens: Token[];
          readonly env: { readonly relativePath: string };
        }) => void,
      ): void;
    };
  };
}

/** Leads links out of docs/ to the repository. */
export function linksToTheRepository(markdown: Markdown, repository: string): void {
  markdown.core.ruler.push("links-to-the-repository", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (token.type !== "link_open" || href === null || !href.startsWith("../")) continue;
      const { pathname, hash } = new URL(href, `https://docs/docs/${env.relativePath}`);
      if (pathname.startsWith("/docs/")) continue;
      const isFile = /\.\w+$/.test(pathname);
      token.attrSet("href", `${repository}/${isFile ? "blob" : "tree"}/main${pathname}${hash}`);
    }
  });
}
