/** What the tests of `barewire conform` begin with: a server, a folder for reports, no commands left over. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Faults } from "../../conformance/reference/faults.ts";
import {
  type ReferenceServer,
  startReferenceServer,
} from "../../conformance/reference/reference-server.ts";
import { endCommands } from "../run-command.ts";

/** What there is from the first test of a file to its last. */
export interface Tested {
  readonly server: ReferenceServer;
  readonly folder: string;
}

/** Starts a reference server with these faults before the tests of a file, and ends it behind them. */
export function testedServer(faults: Faults = {}): Tested {
  let server: ReferenceServer;
  let folder: string;
  beforeAll(async () => {
    server = await startReferenceServer(faults);
    folder = await mkdtemp(join(tmpdir(), "barewire-conform-"));
  });
  afterEach(endCommands);
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return {
    get server() {
      return server;
    },
    get folder() {
      return folder;
    },
  };
}
