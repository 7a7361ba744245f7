/** The options of a command line about TLS. */

import type { ClientTlsOptions } from "../../index.ts";
import { certificateFault, readCa, UsageError } from "../command-line.ts";
import { askSecret } from "../terminal/ask-secret.ts";
import { readOption, secretValue } from "./fields.ts";

/** A certificate, its private key, and what that is encrypted with. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
}

/** What the command line says about TLS: names of files, and words. */
export interface TlsValues {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  readonly insecure?: boolean | undefined;
}

/**
 * The options of `node:tls` that the command line comes to. A passphrase that is needed and not given
 * is asked for.
 *
 * @throws {UsageError}
 */
export async function tlsOptions(values: TlsValues): Promise<ClientTlsOptions> {
  return {
    ...(values.ca === undefined ? {} : { ca: readCa(values.ca) }),
    ...(await certificatePair(values)),
    ...(values.servername === undefined ? {} : { servername: values.servername }),
    rejectUnauthorized: values.insecure !== true,
  };
}

/**
 * The certificate of `--cert` with the key of `--key`, or with one in the same file; undefined where
 * neither option is given.
 *
 * @throws {UsageError} when a file cannot be read, is not what it should be, or they do not fit
 */
export async function certificatePair(values: TlsValues): Promise<CertificatePair | undefined> {
  if (values.cert === undefined) {
    if (values.key === undefined) return undefined;
    throw new UsageError("--key: expected --cert FILE with it");
  }
  const files = { cert: values.cert, key: values.key ?? values.cert };
  const cert = readOption("--cert", files.cert);
  const key = values.key === undefined ? cert : readOption("--key", files.key);
  if (values.key === undefined && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert)) {
    throw new UsageError(`--cert: expected --key FILE with it: ${values.cert} has no private key`);
  }
  const passphrase = await passphraseFor(key, files.key, values.passphrase);
  const pair = { cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
  const fault = certificateFault(files, pair);
  if (fault !== undefined) throw new UsageError(fault);
  return pair;
}

async function passphraseFor(
  key: string,
  file: string,
  given: string | undefined,
): Promise<string | undefined> {
  if (given !== undefined) return secretValue("--passphrase", given);
  // PKCS#8 says so in its first line, older keys in a Proc-Type.
  if (!/-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(key)) return undefined;
  const asked = await askSecret(`Passphrase of ${file}: `);
  if (asked !== undefined) return asked;
  throw new UsageError(`--key: ${file} is encrypted; expected --passphrase TEXT or @FILE`);
}
