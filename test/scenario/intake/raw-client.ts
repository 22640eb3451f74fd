import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { pemOf, type TestCertificate } from '../../support/test-ca.ts';

/** A client that sends exactly what it is told to. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  #isOver = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Connects, from a local address if one is given; the greeting is the first reply. */
  static async open(to: { host: string; port: number }, localAddress?: string): Promise<RawClient> {
    const socket = connect({ ...to, ...(localAddress && { localAddress }) });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Speaks on a socket that somebody else has opened. */
  static of(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Next complete reply, its lines joined with LF; `closed` if the server closed instead. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\r]*\r\n)*\d{3} [^\r]*\r\n/.exec(this.#received);
      if (match) {
        this.#received = this.#received.slice(match[0].length);
        return match[0].trimEnd().replaceAll('\r\n', '\n');
      }
      if (this.#isOver) return 'closed';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Sends a line and gives the reply to it. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** Sends lines one by one and gives the last reply. */
  async talk(...lines: readonly string[]): Promise<string> {
    let reply = '';
    for (const line of lines) reply = await this.say(line);
    return reply;
  }

  /** Everything up to and with the 354. */
  async toData(): Promise<void> {
    await this.reply();
    const reply = await this.talk(
      'EHLO client.example',
      'MAIL FROM:<s@x.example>',
      'RCPT TO:<r@y.example>',
      'DATA',
    );
    if (!reply.startsWith('354')) throw new Error(reply);
  }

  async closed(): Promise<void> {
    while ((await this.reply()) !== 'closed');
  }
}

/** A client under TLS, on a new connection or on one that the other has left; it trusts `ca` and asks for relay.example. */
export async function securedClient(
  on: RawClient | { host: string; port: number },
  ca: Pick<TestCertificate, 'der'>,
  options: ConnectionOptions = {},
): Promise<RawClient> {
  if (on instanceof RawClient) on.socket.removeAllListeners('data');
  const place = on instanceof RawClient ? { socket: on.socket } : on;
  const trust = { ca: pemOf(ca.der), servername: 'relay.example' };
  const socket = connectTls({ ...place, ...trust, ...options });
  const client = RawClient.of(socket);
  await once(socket, 'secureConnect');
  return client;
}
