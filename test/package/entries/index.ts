export { Shared } from "./shared.ts";
