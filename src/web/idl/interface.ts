/** What Web IDL wants of an interface beyond what a class of JavaScript is. */

/**
 * Makes a class look like an interface of Web IDL: its members are enumerable, it has a name for
 * `Object.prototype.toString`, its methods say how many arguments they need, and it has constants.
 */
export function defineInterface(
  of: { readonly name: string; readonly prototype: object },
  constants: Readonly<Record<string, number>> = {},
): void {
  const { prototype } = of;
  const members = Object.getOwnPropertyDescriptors(prototype) as Record<string, PropertyDescriptor>;
  for (const [name, member] of Object.entries(members)) {
    if (name === "constructor") continue;
    Object.defineProperty(prototype, name, { ...member, enumerable: true });
  }
  for (const [name, value] of Object.entries(constants)) {
    Object.defineProperty(of, name, { value, enumerable: true });
    Object.defineProperty(prototype, name, { value, enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: of.name, configurable: true });
}
