import { connect } from 'node:net';

/** What a client knows of a message it tried to hand over. */
export type Handed = { readonly kind: 'accepted'; readonly queueId: string } | { readonly kind: 'unknown' };

const PATIENCE_MS = 4_000;

/**
 * Hands one message over, command by command. Whatever is no 250 in time, is not known to be accepted.
 *
 * @param from address, or nothing for the null sender
 */
export function handOver(
  port: number,
  to: readonly string[],
  id: string,
  bytes: number,
  from = 'sender@load.test',
): Promise<Handed> {
  const body = `Subject: ${id}\r\nX-Id: ${id}\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(Math.ceil(bytes / 78))}.\r\n`;
  const commands = [
    'EHLO load.test\r\n',
    `MAIL FROM:<${from}>\r\n`,
    ...to.map((address) => `RCPT TO:<${address}>\r\n`),
    'DATA\r\n',
    body,
  ];
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (handed: Handed): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(handed);
    };
    const timer = setTimeout(() => finish({ kind: 'unknown' }), PATIENCE_MS);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('error', () => finish({ kind: 'unknown' }));
    socket.on('close', () => finish({ kind: 'unknown' }));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const whole = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text);
      if (whole === null) return;
      text = text.slice(whole[0].length);
      const queueId = /^250 .*queued as (\S+)/.exec(whole[0])?.[1];
      const command = commands.shift();
      if (queueId !== undefined) finish({ kind: 'accepted', queueId });
      else if (!/^[23]/.test(whole[0]) || command === undefined) finish({ kind: 'unknown' });
      else socket.write(command);
    });
  });
}
