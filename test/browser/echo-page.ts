/** What the tests of the echo page share: a browser, a server, a page, and its parts. */

import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type Command, endCommands, startCommand } from "../cli/run-command.ts";
import { launchChromium } from "./chromium.ts";

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;

/** A server that was started. */
export interface Served {
  readonly command: Command;
  readonly url: string;
  readonly port: string;
}

/** Starts `barewire serve`. */
export async function serve(...args: string[]): Promise<Served> {
  const command = startCommand(["serve", "--port", "0", ...args]);
  const [, url = "", port = ""] = await command.output("stdout", /Page: (\S+:(\d+)\/)\n/);
  return { command, url, port };
}

/** The echo page in a browser, a new one for each test. */
export class EchoPage {
  #browser: Browser | undefined;
  #context: BrowserContext | undefined;
  #page: Page | undefined;
  #served: Served | undefined;
  /** What the page has written to the console or thrown; nothing is expected there. */
  complaints: string[] = [];

  /** Starts the browser and a server, which end with the test file, and so do others that it starts. */
  constructor() {
    beforeAll(async () => {
      [this.#browser, this.#served] = await Promise.all([launchChromium(), serve()]);
    }, LAUNCH_TIMEOUT);
    afterAll(async () => {
      await this.#browser?.close();
      await endCommands();
    });
    beforeEach(async () => {
      await this.renew({});
    });
    afterEach(async () => {
      await this.#context?.close();
    });
  }

  /** The server that all tests of a file may use. */
  get served(): Served {
    return this.#served!;
  }

  /** Another page in the place of that of this test: with another size, other colours. */
  async renew(options: BrowserContextOptions): Promise<void> {
    await this.#context?.close();
    this.complaints = [];
    // The certificate is made on the fly, so no browser can know it.
    this.#context = await this.#browser!.newContext({ ignoreHTTPSErrors: true, ...options });
    this.#context.setDefaultTimeout(10_000);
    this.#page = await this.#context.newPage();
    this.#page.on("console", (message) => this.complaints.push(message.text()));
    this.#page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  get page(): Page {
    return this.#page!;
  }

  /** Goes to a page and waits until its WebSocket is open. */
  async open(url: string = this.served.url): Promise<void> {
    await this.page.goto(url);
    await this.waitForState("open");
  }

  async waitForState(name: string): Promise<void> {
    await this.page.locator(`#state[data-state="${name}"]`).waitFor();
  }

  /** Types a message and presses Enter. */
  async send(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** Waits until that many messages are listed and returns them: direction and text. */
  async listed(count: number): Promise<[string | null, string | null][]> {
    const items = this.page.locator("#messages > li");
    await items.nth(count - 1).waitFor();
    expect(await items.count()).toBe(count);
    return await items.evaluateAll((list) =>
      list.map((item): [string | null, string | null] => [
        item.getAttribute("data-direction"),
        item.querySelector(".text")?.textContent ?? null,
      ]),
    );
  }

  #button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  readonly button = {
    send: (): Locator => this.#button("Send"),
    reconnect: (): Locator => this.#button("Reconnect"),
    disconnect: (): Locator => this.#button("Disconnect"),
    connect: (): Locator => this.#button("Connect"),
    clear: (): Locator => this.#button("Clear list"),
  };

  get field(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get status(): Locator {
    return this.page.getByRole("status");
  }

  get notice(): Locator {
    return this.page.getByRole("alert");
  }
}
