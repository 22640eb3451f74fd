import type { Mismatch } from './verdict.ts';

/** Postfix's words where it has its own; otherwise the number and words of OpenSSL's verification error. */
const details: Readonly<Record<Mismatch['cause'], string>> = {
  'no certificate': 'no certificate',
  'no matching record': 'num=65:no matching DANE TLSA records',
  'self-signed': 'self-signed certificate',
  'untrusted issuer': 'untrusted issuer',
  'name mismatch': 'num=62:hostname mismatch',
  expired: 'certificate has expired',
  'not yet valid': 'certificate not yet valid',
  'bad signature': 'num=7:certificate signature failure',
  'invalid CA': 'num=79:invalid CA certificate',
  'path too long': 'num=25:path length constraint exceeded',
  purpose: 'not designated for use as a server certificate',
  'name constraint': 'num=47:permitted subtree violation',
  'critical extension': 'num=34:unhandled critical extension',
  'malformed certificate': 'malformed certificate',
  'weak key or digest': 'num=67:CA certificate key too weak',
  'too much work': 'certificates take too much work to verify',
};

/** @param detail if the usual words for the cause are not exact */
export function mismatch(cause: Mismatch['cause'], depth: number, detail = details[cause]): Mismatch {
  return { kind: 'mismatch', cause, depth, detail };
}
