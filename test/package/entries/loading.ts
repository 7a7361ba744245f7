/** Loads a module when it is asked to. */
export async function loadSecret(): Promise<string> {
  const { SECRET } = await import("./lazy.ts");
  return SECRET;
}
