/** The reference server, with the faults that the first argument names; see ../faulty.ts. */
import { startReferenceServer } from "../../../test/conformance/reference/reference-server.ts";
import { faultsNamed } from "../faulty.ts";
import { listening } from "./testee.mjs";

const server = await startReferenceServer(faultsNamed(process.argv[2]));
listening(server.port);
