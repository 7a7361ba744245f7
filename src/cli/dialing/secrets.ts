/** What must not be seen in anything that a command prints of its own. */

/** Stands for what is not shown. */
export const MASK = "***";

const SECRET_NAME =
  /auth|cookie|token|secret|passw|pwd|key|signature|(^|[-_.])sig$|session|jwt|ticket|credential/i;

/** The handshake's own fields have names like those of secrets, and are none. */
const NO_SECRET = /^(sec-websocket-(key|accept|version|protocol|extensions)|www-authenticate)$/i;

/** Whether a header field, or a parameter of a query, is called like something secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NO_SECRET.test(name);
}

/** Text with the values masked that a URL's query in it has for what is called like something secret. */
export function maskQuery(text: string): string {
  return text.replace(/([?&])([^=&\s]*)=[^&\s]*/g, (part, sign, name) =>
    isSecretName(name) ? `${sign}${name}=${MASK}` : part,
  );
}

/** Shorter ones stand in other words by chance; they are masked where their place is known. */
const SHORTEST = 4;

/**
 * The secrets in a URL, as they are written there, decoded, and as they are sent.
 *
 * @param url of a server or a proxy; nothing is found in what is no URL
 */
export function secretsOfUrl(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, search } = new URL(url);
  const own = password === "" ? username : password;
  const query = [...search.matchAll(/[?&]([^=&]*)=([^&]*)/g)]
    .filter(([, name = ""]) => isSecretName(name))
    .map(([, , value = ""]) => value);
  const basic = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  return [basic, ...[own, ...query].flatMap((text) => [text, decoded(text)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The secrets in a header field: the value, and its parts (`Bearer …`, `a=…; b=…`). */
export function secretsOfField(name: string, value: string): string[] {
  if (!isSecretName(name)) return [];
  const parts = value.split(/[\s;,]+/).map((part) => part.replace(/^[\w-]+=(?=.)/, ""));
  // The first word of several is the scheme: Basic, Bearer.
  return [value, ...(parts.length > 1 && !value.includes("=") ? parts.slice(1) : parts)];
}

/** `text` without the secrets, wherever they stand in it. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= SHORTEST);
  // A secret may be a part of another one, which is to go as a whole.
  known.sort((a, b) => b.length - a.length);
  return known.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}
