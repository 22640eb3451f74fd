import { connect } from 'node:net';

/**
 * Hands a message to the relay at that port of loopback; resolves to its queue id. Sender and recipient are at a name that
 * does not exist (RFC 6761 §6.4): nothing is sent anywhere.
 */
export async function submit(port) {
  const address = 'somebody@fresh.invalid';
  const lines = [
    'EHLO client.fresh.invalid',
    `MAIL FROM:<${address}>`,
    `RCPT TO:<${address}>`,
    'DATA',
    'Subject: first\r\n\r\nA line.\r\n.',
    'QUIT',
  ];
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let replies = '';
  let told = 0;
  for await (const part of socket) {
    replies += part;
    if (/^[45]/m.test(replies)) throw new Error(`refused: ${replies}`);
    // A reply is complete with a line that has no hyphen after its code; each is worth one line of ours.
    const complete = (replies.match(/^\d{3} .*\r\n/gm) ?? []).length;
    for (; told < Math.min(complete, lines.length); told++) socket.write(`${lines[told]}\r\n`);
  }
  const queueId = /queued as (\w+)/.exec(replies)?.[1];
  if (queueId === undefined) throw new Error(`not accepted: ${replies}`);
  return queueId;
}
