/**
 * The octets of a response in base64; undefined if it is anything else (RFC 4954 §4). Node.js itself passes over what
 * does not belong there.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? octets : undefined;
}

/** The text that octets are in UTF-8; undefined if they are none (RFC 4616 §2). */
export function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
