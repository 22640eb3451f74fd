import type { TlsFacts, TlsWord } from './transaction.ts';

/** What can be read from a TLS socket and from the certificate the server showed. */
export interface TlsReading {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** OpenSSL name. */
  readonly cipher: string;
  readonly ephemeralKey?: { readonly type?: string; readonly name?: string; readonly size?: number };
  /** Absent when the server showed no certificate. */
  readonly serverKey?: { readonly type: string; readonly bits?: number; readonly curve?: string };
}

/** The facts Postfix shows; about keys it shows them for TLS 1.3 only. */
export function tlsFacts(reading: TlsReading): TlsFacts {
  const { protocol, cipher } = reading;
  const facts: TlsFacts = { protocol, cipher, bits: cipherBits(cipher) };
  if (protocol !== 'TLSv1.3') return facts;
  const keyExchange = keyExchangeText(reading.ephemeralKey);
  return {
    ...facts,
    ...(keyExchange !== undefined && { keyExchange }),
    ...(reading.serverKey !== undefined && signatureFacts(reading.serverKey)),
  };
}

/**
 * `Verified TLS connection established to mx.example[192.0.2.1]:25: TLSv1.3 with cipher …`; `reused` is said of a
 * session that an earlier message opened.
 */
export function tlsSummary(
  word: TlsWord,
  relay: string,
  facts: TlsFacts,
  made: 'established' | 'reused' = 'established',
): string {
  return `${word} TLS connection ${made} to ${relay}: ${tlsDetails(facts)}`;
}

/** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) …`, in log lines and in Received. */
export function tlsDetails(facts: TlsFacts): string {
  const [used, algorithm] = facts.bits;
  const { keyExchange, serverSignature, serverDigest } = facts;
  let text = `${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)`;
  if (keyExchange !== undefined) text += ` key-exchange ${keyExchange}`;
  if (serverSignature !== undefined) text += ` server-signature ${serverSignature}`;
  if (serverDigest !== undefined) text += ` server-digest ${serverDigest}`;
  return text;
}

/**
 * `server certificate verification failed for mx.example[192.0.2.1]:25: num=65:no matching DANE TLSA records`.
 * Postfix names the certificate (`server`, or `CA` above depth 0) only where the detail speaks of one of the chain.
 */
export function verificationFailure(relay: string, detail: string, depth: number): string {
  const speaksOfOne = /^(?:num=|certificate has expired|certificate not yet valid)/.test(detail);
  const which = depth > 0 ? 'CA ' : 'server ';
  return `${speaksOfOne ? which : ''}certificate verification failed for ${relay}: ${detail}`;
}

const keyBits: readonly (readonly [name: RegExp, used: number, algorithm: number])[] = [
  [/NULL/, 0, 0],
  [/AES_?256|CHACHA20|CAMELLIA256|ARIA256/, 256, 256],
  // Three keys of 56 bits, worth two of them.
  [/DES-CBC3/, 112, 168],
  [/DES-CBC/, 56, 56],
];

/** Used, and of the algorithm; from the OpenSSL name, since the socket does not tell. */
export function cipherBits(cipher: string): readonly [number, number] {
  const [, used, algorithm] = keyBits.find(([name]) => name.test(cipher)) ?? [undefined, 128, 128];
  return [used, algorithm];
}

function keyExchangeText(key: TlsReading['ephemeralKey']): string | undefined {
  if (key?.type === 'DH') return `DHE (${key.size ?? 0} bits)`;
  if (key?.name === undefined) return undefined;
  // X25519, X448 and the groups newer versions report (X25519MLKEM768) stand for themselves.
  return key.type === 'ECDH' && !key.name.startsWith('X') ? `ECDHE (${key.name})` : key.name;
}

/** RFC 8446 §4.2.3 ties the digest to the curve of an ECDSA key; with RSA it is not known here. */
const curveDigests: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'SHA256'],
  ['secp384r1', 'SHA384'],
  ['secp521r1', 'SHA512'],
]);

function signatureFacts(
  key: NonNullable<TlsReading['serverKey']>,
): Pick<TlsFacts, 'serverSignature' | 'serverDigest'> {
  // RFC 8446 §4.2.3: RSA signs the handshake with PSS only.
  if (key.type === 'rsa' || key.type === 'rsa-pss')
    return { serverSignature: `RSA-PSS (${key.bits ?? 0} bits)` };
  if (key.type !== 'ec') return { serverSignature: key.type.toUpperCase() };
  const digest = curveDigests.get(key.curve ?? '');
  return {
    serverSignature: `ECDSA (${key.curve ?? ''})`,
    ...(digest !== undefined && { serverDigest: digest }),
  };
}
