import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';

/** A transaction in the very words of the protocol, where a library would not say them. */
export interface Submission {
  /** What follows `MAIL FROM:`: `<a@x.test> RET=HDRS`. */
  readonly from: string;
  /** What follows each `RCPT TO:`. */
  readonly to: readonly string[];
  /** Lines with CRLF, the last one too, dots doubled. */
  readonly content: string;
  /** TLS from the first octet, whatever the certificate. */
  readonly tls?: true;
}

/** Resolves to the queue id; rejects with the first reply that refuses. */
export async function submit(port: number, { from, to, content, tls }: Submission): Promise<string> {
  const place = { port, host: '127.0.0.1' };
  const socket = tls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  async function reply(): Promise<string> {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the relay hung up');
      if (!/^\d{3}-/.test(value)) return value;
    }
  }
  async function say(text: string): Promise<string> {
    socket.write(`${text}\r\n`);
    const answer = await reply();
    if (answer >= '4') throw new Error(`${answer} (to ${text.slice(0, 100)})`);
    return answer;
  }
  try {
    await once(socket, tls ? 'secureConnect' : 'connect');
    await reply();
    await say('EHLO client.test');
    await say(`MAIL FROM:${from}`);
    for (const one of to) await say(`RCPT TO:${one}`);
    await say('DATA');
    const accepted = await say(`${content}.`);
    return /queued as (\S+)/.exec(accepted)?.[1] ?? '';
  } finally {
    socket.destroy();
  }
}
