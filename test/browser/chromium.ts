/**
 * Starts a Chrome or Chromium for the browser tests: one that is here, or else one that it gets.
 * The ways are tried in this order, and the first browser that really starts is taken:
 *
 * 1. `CHROME_PATH`, which is the only one tried when it is set;
 * 2. the usual names on `PATH`, the usual places, Playwright's own cache;
 * 3. the npm package @sparticuz/chromium (Linux on x64), into the user's cache;
 * 4. Debian's package, where apt-get is and the user is root.
 */

import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { chromiumFromNpm, type Executable } from "./chromium-package.ts";

const NAMES = [
  "google-chrome",
  "google-chrome-stable",
  "chromium",
  "chromium-browser",
  "chrome",
  "chromium-headless-shell",
  "microsoft-edge",
  "chrome.exe",
  "msedge.exe",
];

const FLAGS = [
  // Root, as in most containers, cannot have the sandbox; the pages are this project's own.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A container's /dev/shm has 64 MB, less than a page may want.
  "--disable-dev-shm-usage",
];

const INSTRUCTIONS = `The browser tests need Chrome or Chromium. Do one of these:
  - install it: apt-get install chromium (Debian), brew install --cask chromium (macOS),
    https://www.google.com/chrome/ (anywhere);
  - npx playwright-core install chromium;
  - set CHROME_PATH to the browser's executable.`;

/**
 * Starts a headless browser with a new profile, and with these flags besides its usual ones.
 *
 * @throws Error that says what was tried and what to do
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  const failures: string[] = [];
  for (const find of ways()) {
    try {
      for (const executable of await find()) {
        try {
          return await launch(executable, flags);
        } catch (error) {
          failures.push(`${executable.path} does not start: ${firstLine(error)}`);
        }
      }
    } catch (error) {
      failures.push(firstLine(error));
    }
  }
  const tried = failures.length === 0 ? ["no browser found"] : failures;
  throw new Error(`${INSTRUCTIONS}\nTried:\n${tried.map((text) => `  - ${text}`).join("\n")}`);
}

function ways(): (() => Promise<Executable[]>)[] {
  const { CHROME_PATH = "" } = process.env;
  if (CHROME_PATH !== "") return [async () => [{ path: CHROME_PATH, env: {} }]];
  return [
    async () => installed().map((path) => ({ path, env: {} })),
    async () => [await chromiumFromNpm(say)],
    chromiumFromApt,
  ];
}

async function launch({ path, env }: Executable, flags: readonly string[]): Promise<Browser> {
  const inherited = Object.entries(process.env).filter(([, value]) => value !== undefined);
  return await chromium.launch({
    executablePath: path,
    args: [...FLAGS, ...flags],
    env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...env },
    timeout: 60_000,
  });
}

/** The executables that are here, the likeliest first. */
function installed(): string[] {
  const { PATH = "" } = process.env;
  const onPath = PATH.split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const programFiles = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
    .map((name) => process.env[name])
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ]);
  const places = [
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ...programFiles,
  ];
  return [...new Set([...onPath, ...places, ...inPlaywrightCache()])].filter(isExecutable);
}

/** `chromium-1200/chrome-linux64/chrome` and the like: the names differ by system and version. */
function inPlaywrightCache(): string[] {
  const { PLAYWRIGHT_BROWSERS_PATH = "", LOCALAPPDATA = "" } = process.env;
  const caches = [
    PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), ".cache", "ms-playwright"),
    join(homedir(), "Library", "Caches", "ms-playwright"),
    join(LOCALAPPDATA, "ms-playwright"),
  ];
  const macApplications = ["Chromium", "Google Chrome for Testing"].map((name) =>
    join(`${name}.app`, "Contents", "MacOS", name),
  );
  const executables = ["chrome", "headless_shell", "chrome-headless-shell", "chrome.exe"];
  return caches
    .filter((cache) => cache !== "")
    .flatMap((cache) => list(cache).filter((name) => /[/\\]chromium[^/\\]*$/.test(name)))
    .flatMap(list)
    .flatMap((folder) => [...executables, ...macApplications].map((name) => join(folder, name)));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function chromiumFromApt(): Promise<Executable[]> {
  if (process.getuid?.() !== 0 || !isExecutable("/usr/bin/apt-get")) {
    throw new Error("apt-get cannot be used: it is not here, or the user is not root");
  }
  say("installing Debian's package: apt-get update && apt-get install chromium");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = async (...args: string[]): Promise<void> => {
    await promisify(execFile)("/usr/bin/apt-get", args, { env, maxBuffer: 2 ** 26 });
  };
  await run("update");
  await run("install", "--yes", "--no-install-recommends", "chromium");
  return [{ path: "/usr/bin/chromium", env: {} }];
}

function say(text: string): void {
  process.stderr.write(`browser tests: ${text}\n`);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
