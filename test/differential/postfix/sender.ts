import { createTransport } from 'nodemailer';
import { ipv6Loopback } from '../../lab/address-space.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Session } from '../../lab/mail-session.ts';
import { until } from '../../lab/until.ts';
import { describeSession, readLines, withoutRun, type Observation } from './observation.ts';

/** One of the two whose deliveries are compared, as far as a mail needs it. */
export interface Sender {
  readonly submitTo: { readonly host: string; readonly port: number };
  /** The name it says in EHLO, and the address its connections come from. */
  readonly heloName: string;
  readonly address: string;
  /** All log lines so far. */
  lines(): Promise<readonly string[]>;
}

/**
 * Sends one mail and tells what came of the first attempt. A sender is given one mail after the other: what it logs and
 * whom it connects to meanwhile is about this mail. The null sender spares the reports.
 */
export async function observe(
  sender: Sender,
  lab: Lab,
  hosts: readonly string[],
  domain: string,
): Promise<Observation> {
  const before = new Map(hosts.map((name) => [name, lab.host(name).sessions.length]));
  const seen = (await sender.lines()).length;
  const ours = () =>
    hosts.flatMap((name) =>
      lab
        .host(name)
        .sessions.slice(before.get(name))
        .filter((session) => isOf(sender, session))
        .map((session) => ({ name, session })),
    );
  let secondTries = 0;
  const told = async (): Promise<Omit<Observation, 'sessions'>> => {
    const submitted = await submit(sender, recipientAt(domain, lab));
    if (submitted.kind === 'refused') {
      return {
        tls: [],
        status: 'refused',
        dsn: '',
        relay: '',
        reason: withoutRun(submitted.reply, lab.port),
      };
    }
    const verdict = new RegExp(`${submitted.queueId}: to=`);
    let lines: readonly string[] = [];
    await until(async () => {
      lines = (await sender.lines()).slice(seen);
      return lines.some((line) => verdict.test(line));
    }, `the verdict on ${domain}`);
    secondTries = lines.filter((line) => line.endsWith(': trying again with DHE')).length;
    return readLines(lines.slice(0, lines.findIndex((line) => verdict.test(line)) + 1), lab.port);
  };
  const observed = await told();
  await until(
    () => ours().every(({ session }) => session.end !== 'open'),
    `the end of all sessions for ${domain}`,
  );
  const sessions = ours().map(({ name, session }) => describeSession(name, session));
  return { ...observed, sessions: withoutFirstTries(sessions.sort(), secondTries) };
}

/**
 * Postfix offers DHE with everything else. We offer it on a connection of its own to a host that knows nothing better, after
 * one that came to nothing (decision 30), which is left out.
 */
function withoutFirstTries(sessions: readonly string[], secondTries: number): readonly string[] {
  let left = secondTries;
  return sessions.filter((session) => !/ TLS .*mail=none$/.test(session) || (left -= 1) < 0);
}

/** At ::1 all connections come from ::1. */
function isOf({ heloName, address }: Sender, { plaintextCommands, remoteAddress }: Session): boolean {
  return remoteAddress === ipv6Loopback
    ? plaintextCommands[0] === `EHLO ${heloName}`
    : remoteAddress === address;
}

function recipientAt(domain: string, lab: Lab): string {
  const literal = /^\[(.*)\]$/.exec(domain)?.[1];
  if (literal === undefined) return `user@${domain}`;
  const { address } = lab.host(literal);
  return `user@[${address.includes(':') ? `IPv6:${address}` : address}]`;
}

type Submitted =
  | { readonly kind: 'taken'; readonly queueId: string }
  | { readonly kind: 'refused'; readonly reply: string };

async function submit({ submitTo }: Sender, to: string): Promise<Submitted> {
  const transport = createTransport({ ...submitTo, ignoreTLS: true });
  const raw = `From: sender@client.test\r\nTo: user@client.test\r\nSubject: difference\r\n\r\nOne line.\r\n`;
  try {
    const { response } = await transport.sendMail({ envelope: { from: '', to }, raw });
    return { kind: 'taken', queueId: /queued as (\w+)/.exec(response)?.[1] ?? '' };
  } catch (error) {
    const { response } = error as { response?: string };
    if (response === undefined) throw error;
    return { kind: 'refused', reply: response };
  } finally {
    transport.close();
  }
}
