import type { PeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';
import { der, integer, sequence } from '../../test/support/der-writer.ts';
import { makeCertificate } from '../../test/support/test-ca.ts';
import { peerCertificate } from './peer-certificate.ts';

const certificate = makeCertificate({}).der;
const other = makeCertificate({}).der;

/** What the socket of Node says: a session, and a certificate. */
function saying(session: Buffer | undefined, raw: Buffer | undefined) {
  const asked: string[] = [];
  const socket = {
    getSession: () => session,
    getPeerCertificate() {
      asked.push('described');
      return (raw === undefined ? {} : { raw }) as PeerCertificate;
    },
  };
  return { found: peerCertificate(socket as unknown as Parameters<typeof peerCertificate>[0]), asked };
}

test('is what the session has, and nobody describes it', () => {
  const octets = sequence(integer(1), integer(0x0304), der(0xa1, integer(5)), der(0xa3, certificate));
  const session = Buffer.from(Uint8Array.from(octets).buffer);
  const { found, asked } = saying(session, other);
  expect(found).toEqual(certificate);
  expect(asked).toEqual([]);
  // The session has keys: nothing of it stays in memory with the certificate.
  expect(found?.buffer).not.toBe(session.buffer);
});

test.each([
  ['there is no session', undefined],
  ['it is none', Buffer.from('a session of another library')],
  ['it has no certificate', sequence(integer(1), integer(0x0304), der(0xa1, integer(5)))],
  ['it ends early', sequence(integer(1), der(0xa3, certificate)).subarray(0, -1)],
])('is asked for where %s', (_, session) => {
  expect(saying(session, other)).toEqual({ found: other, asked: ['described'] });
});

test('is undefined for a server that showed none', () => {
  expect(saying(sequence(integer(1)), undefined).found).toBeUndefined();
});
