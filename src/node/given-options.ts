/**
 * Options without those that are undefined or null, which count as absent: spread over others or over
 * defaults, they would take their place with nothing.
 */
export function givenOptions<T extends object>(options: T): T {
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(given) as T;
}
