import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startPostfix, type PostfixInstance } from '../../lab/postfix-instance.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { makeScratch, type Scratch } from '../../lab/scratch.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import { until } from '../../lab/until.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { sample } from '../../support/sample.ts';
import { pretendedEnds, smugglingMessage } from '../../support/smuggling.ts';
import { unless } from '../../support/unless.ts';
import { RawClient } from './raw-client.ts';

/*
 * Programs that others wrote are given messages with pretended ends. Each of them does something else about dots and
 * line ends. Whatever they make of it, behind us there is never a message that nobody handed over.
 */

const sender = 'outer@postfix.test';
const recipient = 'user@postfix.test';

/** Those that are text to everybody are left to the other test, but for one. */
const odd = sample(
  'pretended ends, by programs of others',
  pretendedEnds.filter(
    (sequence) => sequence === '\r\n..\r\n' || /[\r\n\0]/.test(sequence.replaceAll('\r\n', '')),
  ),
  { count: 5, always: (sequence) => sequence === '\r\n..\r\n' },
);
const throughPostfix = sample('pretended ends, through a Postfix', pretendedEnds, { count: 8 });

/** Hands a message over; whether the relay took it. */
type Client = (octets: Buffer, port: number) => Promise<boolean>;

const clients: Readonly<Record<string, Client>> = {
  nodemailer: (raw, port) => sendMail(port, { from: sender, to: recipient, raw }).then(yes, no),
  'Python smtplib': program((port) => [
    'python3',
    '-c',
    `import smtplib, sys
client = smtplib.SMTP('127.0.0.1', ${port}, local_hostname='client.test')
client.sendmail('${sender}', ['${recipient}'], sys.stdin.buffer.read())
client.quit()`,
  ]),
  'Perl Net::SMTP': program((port) => [
    'perl',
    '-MNet::SMTP',
    '-e',
    `binmode STDIN; local $/; my $text = <STDIN>;
my $client = Net::SMTP->new('127.0.0.1', Port => ${port}) or die;
$client->mail('${sender}') && $client->to('${recipient}') && $client->data && $client->datasend($text) && $client->dataend or die;
$client->quit;`,
  ]),
  swaks: program((port) => [
    'swaks',
    '--server',
    `127.0.0.1:${port}`,
    '--from',
    sender,
    '--to',
    recipient,
    '--silent',
    '3',
    '--data',
    '-',
  ]),
  // Does not double dots behind what it takes for no end of a line, and sends those lines as they are.
  'a client that knows CRLF only': (octets, port) => raw(octets, port, /\r\n\./g),
};

let lab: Lab;
let scratch: Scratch;
const relays: Partial<Record<'reject' | 'normalize', RunningRelay>> = {};
beforeAll(async () => {
  if (postfixObstacle() !== undefined) return;
  const { domains, hosts } = await standardWorld();
  lab = await startLab({
    domains: domains.filter(({ name }) => name === 'postfix.test'),
    hosts: hosts.filter(({ kind }) => kind === 'postfix'),
  });
  scratch = await makeScratch('smuggling');
  for (const mode of ['reject', 'normalize'] as const) {
    relays[mode] = await startRelay({ set: { ...labSettings(lab), 'intake.bare_newline': mode } });
  }
});
afterAll(async () => {
  for (const relay of Object.values(relays)) await relay[Symbol.asyncDispose]();
  await lab?.stop();
  await scratch?.remove();
});

unless(postfixObstacle(), describe).each(['reject', 'normalize'] as const)('with %s', (mode) => {
  test.each(Object.entries(clients))('%s smuggles nothing', async (_, client) => {
    const relay = running(mode);
    const before = lab.host('mx.postfix.test').messages.length;
    let taken = 0;
    for (const [index, sequence] of odd.entries()) {
      if (await client(Buffer.from(smugglingMessage(sequence, index), 'latin1'), relay.port)) taken += 1;
    }
    expect(taken).toBeGreaterThan(0);
    await allDelivered(relay);
    expect(relay.matching(/smuggled@evil|victim@/)).toEqual([]);
    const arrived = (await lab.host('mx.postfix.test').waitForMessages(before + taken)).slice(before);
    expect(arrived.map((message) => message.sender)).toEqual(Array.from({ length: taken }, () => sender));
    for (const { recipients, data } of arrived) {
      expect(recipients).toEqual([recipient]);
      expect(data.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
    }
  });

  test('a Postfix that sends stray CR on smuggles nothing', async () => {
    const relay = running(mode);
    // Both counts are of the same messages only once the log has the last of them.
    await allDelivered(relay);
    const before = lab.host('mx.postfix.test').messages.length;
    const hadBefore = takenByHost(relay).size;
    const front = await startFront(mode, relay.port);
    try {
      for (const [index, sequence] of throughPostfix.entries()) {
        // It takes LF for the end of a line, so all dots behind one are doubled for it to have them as text.
        const octets = Buffer.from(smugglingMessage(sequence, index), 'latin1');
        expect(await raw(octets, front.port, /\n\./g)).toBe(true);
      }
      await front.isEmpty();
      await allDelivered(relay);
    } finally {
      await front.stop();
    }
    expect(relay.matching(/smuggled@evil|victim@/)).toEqual([]);
    const taken = takenByHost(relay).size - hadBefore;
    const arrived = (await lab.host('mx.postfix.test').waitForMessages(before + taken)).slice(before);
    // Where stray CR is refused, Postfix returns the message, if it can say why without quoting it.
    const outer = arrived.filter((message) => message.sender === sender);
    expect(arrived.filter((message) => message.sender !== sender && message.sender !== '')).toEqual([]);
    if (mode === 'normalize') expect(outer).toHaveLength(throughPostfix.length);
    expect(arrived.filter(({ recipients }) => recipients.includes('victim@postfix.test'))).toEqual([]);
  });
});

unless(postfixObstacle(), test)(
  'the bounce of a Postfix that quotes CR and NUL reaches its sender',
  async () => {
    const relay = running('normalize');
    const before = lab.host('mx.postfix.test').messages.length;
    const front = await startFront('bounce', relay.port);
    try {
      const client = await RawClient.open({ host: '127.0.0.1', port: front.port });
      await client.reply();
      // The relay refuses this recipient for good.
      await client.talk('EHLO client.test', `MAIL FROM:<${sender}>`, 'RCPT TO:<"a b"@postfix.test>', 'DATA');
      client.write('Subject: progress\r\n\r\n10 %\r20 %\r30 %\0\r\n.\r\n');
      expect(await client.reply()).toMatch(/^250/);
      client.socket.destroy();
      await front.isEmpty();
      await allDelivered(relay);
    } finally {
      await front.stop();
    }
    const [bounce, ...others] = (await lab.host('mx.postfix.test').waitForMessages(before + 1)).slice(before);
    expect(others).toEqual([]);
    expect(bounce).toMatchObject({ sender: '', recipients: [sender] });
    expect(bounce?.data.toString()).toContain('\r\n10 % 20 % 30 % \r\n');
    await relay.line(/disconnect from localhost\[127\.0\.0\.1\] .* notes=bare_cr,nul$/);
  },
);

interface Front {
  readonly port: number;
  /** Resolves when it has nothing to send any more. */
  isEmpty(): Promise<void>;
  stop(): Promise<void>;
}

/** A Postfix in front of us that passes on what it is given. */
async function startFront(name: string, relayPort: number): Promise<Front> {
  const { port } = await chooseAddresses();
  const postfix: PostfixInstance = await startPostfix({
    directory: `${scratch.directory}/${name}`,
    address: '127.0.0.1',
    port,
    parameters: {
      myhostname: 'front.test',
      relayhost: `[127.0.0.1]:${relayPort}`,
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      disable_dns_lookups: 'yes',
      cleanup_replace_stray_cr_lf: 'no',
      smtpd_client_event_limit_exceptions: '127.0.0.0/8',
    },
  });
  return {
    port,
    isEmpty: () =>
      until(async () => {
        // Of one moment: a bounce has its line before the message is removed that it is about.
        const log = await postfix.log();
        const ids = [...log.matchAll(/: (\w+): message-id=/g)].map(([, id]) => id);
        const removed = new Set([...log.matchAll(/: (\w+): removed/g)].map(([, id]) => id));
        return ids.length > 0 && ids.every((id) => removed.has(id));
      }, 'the Postfix in front to have nothing left'),
    stop: () => postfix.stop(),
  };
}

/** Queue IDs of the host: a message to several recipients has one. */
function takenByHost(relay: RunningRelay): ReadonlySet<string> {
  const lines = relay.matching(/status=sent .* queued as \w+\)$/);
  return new Set(lines.map((line) => / queued as (\w+)\)$/.exec(line)?.[1] ?? ''));
}

/** What the relay has answered for is gone. */
async function allDelivered(relay: RunningRelay): Promise<void> {
  const ids = (pattern: RegExp): Set<string> =>
    new Set(relay.matching(pattern).map((line) => pattern.exec(line)?.[1] ?? ''));
  await until(() => {
    const removed = ids(/: (\w+): removed$/);
    return [...ids(/: (\w+): from=.*\(queue active\)$/)].every((id) => removed.has(id));
  }, 'every message to be delivered');
}

function running(mode: 'reject' | 'normalize'): RunningRelay {
  const relay = relays[mode];
  if (relay === undefined) throw new Error('the relay did not start');
  return relay;
}

/** A client that runs a program for each message, which gets it on its standard input. */
function program(commandLine: (port: number) => readonly string[]): Client {
  return async (octets, port) => {
    const [command = '', ...args] = commandLine(port);
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    const exited = once(child, 'exit');
    // A program that ends early does not read all of it.
    child.stdin.on('error', () => {});
    child.stdin.end(octets);
    const [code] = await exited;
    return code === 0;
  };
}

/** Doubles the dots that the expression finds, and no others. */
async function raw(octets: Buffer, port: number, dots: RegExp): Promise<boolean> {
  const client = await RawClient.open({ host: '127.0.0.1', port });
  await client.reply();
  const ready = await client.talk(
    'EHLO client.test',
    `MAIL FROM:<${sender}> BODY=8BITMIME`,
    `RCPT TO:<${recipient}>`,
    'DATA',
  );
  if (!ready.startsWith('354')) throw new Error(ready);
  const text = octets.toString('latin1').replace(dots, '$&.');
  client.write(Buffer.from(`${text}\r\n.\r\n`, 'latin1'));
  const reply = await client.reply();
  client.socket.destroy();
  return reply.startsWith('250');
}

function yes(): boolean {
  return true;
}

function no(): boolean {
  return false;
}
