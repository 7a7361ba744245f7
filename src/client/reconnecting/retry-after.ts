/** RFC 9110 §5.6.7: the one form of a date that is sent today. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Milliseconds that a Retry-After field asks for (RFC 9110 §10.2.3), 0 and up; undefined for no field, and
 * for what is neither a number of seconds nor a date.
 *
 * @param now what `Date.now()` says
 */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = IMF_FIXDATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
