export { loadSecret } from "./loading.ts";
export { Shared } from "./shared.ts";
