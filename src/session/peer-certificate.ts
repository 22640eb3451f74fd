import type { TLSSocket } from 'node:tls';
import { contextTag, derTags, fewMembersOf, readValue } from '../core/dane/der.ts';

/**
 * The server's own certificate, as the library shook hands with it; undefined if the server showed none. The call of Node
 * that is meant for this also describes the certificate in words, which takes a tenth of a handshake. The session has its
 * octets alone. Where they are not found there, the other call is made.
 */
export function peerCertificate(
  socket: Pick<TLSSocket, 'getPeerCertificate' | 'getSession'>,
): Buffer | undefined {
  const found = certificateIn(socket.getSession());
  if (found !== undefined) return found;
  // For a server without a certificate it is an object without members, whatever its type says.
  return (socket.getPeerCertificate(false) as { readonly raw?: Buffer }).raw;
}

/** Members of the sequence that OpenSSL makes of a session; there are fewer. */
const mostMembers = 40;

/** The peer's certificate is the member `[3]` of a session (OpenSSL, i2d_SSL_SESSION). */
function certificateIn(session: Buffer | undefined): Buffer | undefined {
  if (session === undefined) return undefined;
  const members = fewMembersOf(readValue(ofOpenssl(session), derTags.sequence), mostMembers);
  const certificate = members?.find(({ tag }) => tag === contextTag(3))?.content;
  // A copy: the rest of the session is secret, and a certificate may be kept for long.
  return certificate && Buffer.from(certificate);
}

/** Before it, newer versions of Node.js put this, the length of the server's name in two octets, and that name. */
const mark = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

function ofOpenssl(session: Buffer): Buffer {
  const at = mark.length;
  if (session.length < at + 2 || !session.subarray(0, at).equals(mark)) return session;
  return session.subarray(at + 2 + session.readUInt16BE(at));
}
