import { expect, test } from 'vitest';
import { peerCertificate } from './peer-certificate.ts';

const certificate = Buffer.from('a certificate');
const member = (tag: number, content: Buffer): Buffer<ArrayBuffer> =>
  Buffer.concat([Buffer.of(tag, content.length), content]);
/** As OpenSSL writes a session, as far as it matters. */
const session = member(0x30, Buffer.concat([member(0x02, Buffer.of(1)), member(0xa3, certificate)]));
const marked = (length: number, name: string): Buffer<ArrayBuffer> =>
  Buffer.concat([
    Buffer.from(`\0nodejs:tls:session:1\0\0${String.fromCharCode(length)}${name}`, 'latin1'),
    session,
  ]);

/** What the other call says, which describes the certificate in words as well. */
const slow = Buffer.from('asked slowly');
const asked = (bytes: Buffer<ArrayBuffer> | undefined): Buffer | undefined =>
  peerCertificate({
    getSession: () => bytes,
    getPeerCertificate: (() => ({ raw: slow })) as unknown as Parameters<
      typeof peerCertificate
    >[0]['getPeerCertificate'],
  });

test.each<[string, Buffer<ArrayBuffer> | undefined, Buffer]>([
  ['a session of OpenSSL', session, certificate],
  ['a session with the mark of Node.js and a name', marked(7, 'mx.test'), certificate],
  ['a session with the mark and no name', marked(0, ''), certificate],
  ['a name that is longer than all of it', marked(255, 'mx.test'), slow],
  ['a mark alone', Buffer.from('\0nodejs:tls:session:1\0', 'latin1'), slow],
  ['another mark', Buffer.concat([Buffer.from('\0nodejs:tls:session:2\0'), session]), slow],
  ['a session without a certificate', member(0x30, member(0x02, Buffer.of(1))), slow],
  ['no session', undefined, slow],
])('peerCertificate() %s', (_, bytes, found) => {
  expect(asked(bytes)).toEqual(found);
});
