/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PUBLIC KEY`. */
  readonly label: string;
  readonly der: Buffer;
}

const block = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*(?:\r\n?|\n)([^-]*)^-----END \1-----[ \t]*$/gm;

/** The blocks of a PEM file in their order; text between them is explanatory (RFC 7468 §5.2) and skipped. */
export function readPem(text: string): PemBlock[] {
  return Array.from(text.matchAll(block), ([, label = '', body = '']) => ({
    label,
    der: Buffer.from(body, 'base64'),
  }));
}
