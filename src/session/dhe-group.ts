/** RFC 5246 §6.2.1: the record, its type and header. */
const handshakeType = 22;
const recordHeader = 5;
/** RFC 5246 §7.4: the message in records of that type, its type and header. */
const serverKeyExchange = 12;
const messageHeader = 4;

/**
 * Follows what a server says in a handshake of TLS 1.2 or older with DHE, all of which is in clear, up to the group in
 * which it wants the keys to be agreed (RFC 5246 §7.4.3). It is given the octets as they come, in whatever pieces, and
 * keeps a few of them. Returns the size of the group's prime in octets once it is known.
 */
export function dheGroupReader(): (octets: Uint8Array) => number | undefined {
  const head: number[] = [];
  const message: number[] = [];
  let leftOfRecord = 0;
  let leftOfMessage = 0;
  let prime: number | undefined;

  /** One octet of the messages, which may begin and end anywhere in the records. */
  function follow(octet: number): void {
    if (leftOfMessage > 0) {
      leftOfMessage -= 1;
      if (message[0] === serverKeyExchange) message.push(octet);
      if (message.length === messageHeader + 2) prime = wordAt(message, messageHeader);
      if (leftOfMessage === 0) message.length = 0;
      return;
    }
    message.push(octet);
    if (message.length < messageHeader) return;
    leftOfMessage = (message[1] ?? 0) * 65_536 + wordAt(message, 2);
    if (leftOfMessage === 0) message.length = 0;
  }

  return (octets) => {
    for (const octet of octets) {
      if (prime !== undefined) break;
      if (leftOfRecord > 0) {
        leftOfRecord -= 1;
        if (head[0] === handshakeType) follow(octet);
        if (leftOfRecord === 0) head.length = 0;
        continue;
      }
      head.push(octet);
      if (head.length < recordHeader) continue;
      leftOfRecord = wordAt(head, 3);
      if (leftOfRecord === 0) head.length = 0;
    }
    return prime;
  };
}

function wordAt(octets: readonly number[], at: number): number {
  return (octets[at] ?? 0) * 256 + (octets[at + 1] ?? 0);
}
