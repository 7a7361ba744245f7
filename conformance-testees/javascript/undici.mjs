// Puts the WebSocket of undici in the place of the one that Node may have.
import { WebSocket } from "undici";

globalThis.WebSocket = WebSocket;
