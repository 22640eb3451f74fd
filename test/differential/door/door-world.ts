import { once } from 'node:events';
import { connect } from 'node:net';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost, type LabMessage, type MailHost } from '../../lab/mail-host.ts';
import { startPostfix, type PostfixInstance } from '../../lab/postfix-instance.ts';
import { makeScratch, type Scratch } from '../../lab/scratch.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';

/** What is handed over, in the octets of a client. */
export interface Handover {
  /** What follows `MAIL FROM:` and `RCPT TO:`. */
  readonly from: string;
  readonly to: string;
  /** After DATA, with the end; a character for each octet. */
  readonly content: string;
  /** The DATA command, without its end. */
  readonly data?: string;
}

/** The replies to MAIL, RCPT, DATA and the end of the message, as far as it went. */
export type Replies = readonly string[];

/** A server under test, and the host that it sends everything to. */
export interface Door {
  readonly port: number;
  readonly host: MailHost;
  log(): Promise<string>;
}

export interface DoorWorld {
  readonly postfix: Door;
  readonly ours: Door;
  stop(): Promise<void>;
}

/** The names that complete what is incomplete; the same for both. */
export const origin = 'origin.test';

/** A Postfix and a relay, both on loopback, each with a next hop of its own that keeps every octet. */
export async function startDoorWorld(): Promise<DoorWorld> {
  const { port, address } = await chooseAddresses();
  const scratch: Scratch = await makeScratch('door');
  const started: { stop(): PromiseLike<unknown> }[] = [{ stop: () => scratch.remove() }];
  const stop = async (): Promise<void> => {
    for (const part of started.toReversed()) await part.stop();
  };
  try {
    const hosts = await Promise.all(
      [1, 2].map((host) => startMailHost({ name: 'next.test', address: address(host), port }, {})),
    );
    started.push(...hosts);
    const [behindPostfix, behindUs] = hosts as [MailHost, MailHost];
    const postfix: PostfixInstance = await startPostfix({
      directory: `${scratch.directory}/postfix`,
      address: '127.0.0.1',
      port: port + 1,
      parameters: {
        myhostname: 'relay.test',
        myorigin: origin,
        // Without these the notes of the release are in the log, and no more.
        compatibility_level: '3.6',
        inet_interfaces: 'loopback-only',
        relayhost: `[${behindPostfix.address}]:${port}`,
        smtpd_relay_restrictions: 'permit_mynetworks, reject',
        smtp_host_lookup: 'native',
        disable_dns_lookups: 'yes',
      },
    });
    started.push(postfix);
    const relay: RunningRelay = await startRelay({
      set: {
        'delivery.relayhost': `[${behindUs.address}]:${port}`,
        'delivery.allow_loopback': 'true',
        'tls.level': 'none',
        'intake.append_origin': origin,
      },
    });
    started.push({ stop: () => relay[Symbol.asyncDispose]() });
    return {
      postfix: { port: port + 1, host: behindPostfix, log: () => postfix.log() },
      ours: { port: relay.port, host: behindUs, log: async () => relay.lines.join('\n') },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Hands a message over. Ends at the first refusal. */
export async function handOver(
  port: number,
  { from, to, content, data = 'DATA' }: Handover,
): Promise<Replies> {
  const socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  let wake = (): void => {};
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    wake();
  });
  const reply = async (): Promise<string> => {
    for (;;) {
      const [whole] = /^(?:\d{3}-[^\r]*\r\n)*\d{3} [^\r]*\r\n/.exec(received) ?? [];
      if (whole !== undefined) {
        received = received.slice(whole.length);
        return whole.trimEnd();
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const replies: string[] = [];
  try {
    await once(socket, 'connect');
    await reply();
    socket.write('EHLO client.test\r\n');
    await reply();
    for (const octets of [`MAIL FROM:${from}\r\n`, `RCPT TO:${to}\r\n`, `${data}\r\n`, content]) {
      socket.write(Buffer.from(octets, 'latin1'));
      replies.push(await reply());
      if (/^[45]/.test(replies.at(-1) ?? '')) break;
    }
    return replies;
  } finally {
    socket.destroy();
  }
}

/** The message with that mark in its content, once it has arrived. */
export async function arrival(host: MailHost, mark: string): Promise<LabMessage> {
  for (let count = 1; ; count += 1) {
    const found = (await host.waitForMessages(count)).find(({ data }) => data.includes(mark));
    if (found !== undefined) return found;
  }
}
