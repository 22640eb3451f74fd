import { connect, type Socket } from 'node:net';

/** One connection to an MTA, over which messages are submitted command by command, without PIPELINING. */
export class Submission {
  readonly #socket: Socket;
  #unread = '';
  #waiting: { resolve(reply: string): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('connection closed by the server')));
  }

  /**
   * Resolves after the answer to EHLO. Rejects when the server refuses, closes, or cannot be reached.
   *
   * @param from address of this client; default: as the system chooses
   */
  static async open(host: string, port: number, from?: string): Promise<Submission> {
    const socket = connect({ host, port, noDelay: true, ...(from !== undefined && { localAddress: from }) });
    const submission = new Submission(socket);
    await submission.#expect('220');
    await submission.#command('EHLO load.test', '250');
    return submission;
  }

  /** Logs in with PLAIN. Resolves to false if that is refused. */
  async login(user: string, password: string): Promise<boolean> {
    this.#socket.write(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}\r\n`);
    return (await this.#reply()).startsWith('235');
  }

  /** Resolves to the milliseconds between the end of the message and its 250. Rejects with any other answer. */
  async send(sender: string, recipient: string, message: Buffer): Promise<number> {
    await this.#command(`MAIL FROM:<${sender}>`, '250');
    await this.#command(`RCPT TO:<${recipient}>`, '250');
    await this.#command('DATA', '354');
    const sentAt = performance.now();
    this.#socket.write(message);
    await this.#expect('250');
    return performance.now() - sentAt;
  }

  async close(): Promise<void> {
    // Not `once`: that rejects on its own when the server resets the connection before it said 221.
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    await this.#command('QUIT', '221');
    this.#socket.end();
    await closed;
  }

  /** The server has not closed it. */
  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #command(line: string, code: string): Promise<void> {
    this.#socket.write(`${line}\r\n`);
    await this.#expect(code);
  }

  async #expect(code: string): Promise<void> {
    const reply = await this.#reply();
    if (!reply.startsWith(code)) throw new Error(`instead of ${code} the server said: ${reply}`);
  }

  #reply(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting = { resolve, reject };
      this.#receive('');
    });
  }

  /** A reply is whole with the line that has no hyphen after its code (RFC 5321 §4.2.1). */
  #receive(text: string): void {
    this.#unread += text;
    const last = /^\d{3}(?:[ ].*)?\r\n/m.exec(this.#unread);
    if (last === null || this.#waiting === undefined) return;
    const end = last.index + last[0].length;
    const reply = this.#unread.slice(0, end).trimEnd();
    this.#unread = this.#unread.slice(end);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(reply);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}
