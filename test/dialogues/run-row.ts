import { until } from '../lab/until.ts';
import type { DeliveryStatus } from '../../src/core/mail/status.ts';
import { strayLine } from '../../src/core/log/log-line.ts';
import type { Transaction } from '../../src/core/smtp/transaction.ts';
import type { Timeouts } from '../../src/session/target.ts';
import {
  credentials,
  startScriptedServer,
  type Act,
  type Script,
  type ScriptedServer,
} from '../scenario/session/scripted-server.ts';
import { isLast } from '../scenario/session/speaker.ts';
import { call, offer, patient, transactionOf } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { makeCertificate } from '../support/test-ca.ts';
import type { Host, Mail, Row } from './row.ts';

/** What came of a row, in the words of the row. */
export interface Outcome {
  readonly results: readonly string[];
  /** Whether the host may have the message although it was not sent, for each recipient. */
  readonly ambiguous: readonly boolean[];
  readonly goesOn: Row['goesOn'];
  readonly commands: readonly string[];
  readonly contents: readonly string[];
  readonly log: readonly string[];
  /** Connections that the host has seen. */
  readonly connections: number;
}

const tls = credentials(makeCertificate({ names: ['mx.test'] }));
/** Because of it the chain counts at `dane`, as it does not at the other levels. */
const anchor = { usage: 2, selector: 1, matching: 1, data: Buffer.alloc(32) } as const;
/**
 * How long we wait for a host that will not answer: on a busy machine, too, what it says before has to come in this time.
 * For a host that reads too slowly less is enough. For the others we wait for ever, as far as a test goes.
 */
const briefMs = 1_500;
const hastyMs = 300;
const longMs = 120_000;
const name = 'mx.test[127.0.0.1]';

/** Plays a row through our own session, over a real connection, and then tries whether the session goes on. */
export async function runRow({ level = 'none', host = {}, mail = {} }: Row): Promise<Outcome> {
  const server = await startScriptedServer(scriptOf(host));
  try {
    const judge = () =>
      host.genuine === false
        ? ({ word: 'Untrusted', ok: false, detail: 'num=65:no matching DANE TLSA records' } as const)
        : ({ word: 'Verified', ok: true } as const);
    const policy = policyAt(level, level === 'dane' ? { tlsa: [anchor] } : {});
    const called = await call(server, policy, { timeouts: timeoutsFor(host), judge });
    const { connected, lines } = called;
    if (connected.kind === 'trouble') return await outcome(server, [connected.status], 'none', lines, []);
    const { session } = connected;
    const { statuses, altered = [], stray } = await offer(session, transactionFor(mail));
    const strays = stray === undefined ? [] : [strayLine(session.relay, stray, 'Q').text];
    const contents = server.seen[0]?.contents.slice() ?? [];
    const goesOn = session.usable() && (await carriesAnother(session)) ? 'yes' : 'no';
    session.close();
    return await outcome(server, statuses, goesOn, [...lines, ...altered, ...strays], contents);
  } finally {
    await server.stop();
  }
}

/** Another message, with which the host has no quarrel: are the two still in step? */
async function carriesAnother(session: Parameters<typeof offer>[0]): Promise<boolean> {
  const another = { sender: 'again@example.org', recipients: [{ address: 'again@example.net' }] };
  const { statuses } = await offer(session, transactionOf('again\r\n', another));
  return statuses[0]?.outcome === 'sent';
}

async function outcome(
  server: ScriptedServer,
  statuses: readonly DeliveryStatus[],
  goesOn: Row['goesOn'],
  log: readonly string[],
  contents: readonly string[],
): Promise<Outcome> {
  const [seen] = server.seen;
  await until(() => {
    // A host that reads no more, or slowly, does not see that we are gone.
    for (const socket of server.sockets) socket.resume();
    return seen === undefined || seen.closed || seen.commands.at(-1)?.endsWith('QUIT') === true;
  });
  const again = (seen?.commands ?? []).findIndex((line) => line.includes('again@'));
  const commands = (seen?.commands ?? []).slice(0, again === -1 ? undefined : again);
  return {
    results: statuses.map(inWords),
    ambiguous: statuses.map((status) => status.ambiguous === true),
    goesOn,
    commands,
    contents,
    log: log.map((line) => line.replaceAll(`${name}:${server.port}`, 'N:25').replaceAll(name, 'N')),
    connections: server.seen.length,
  };
}

function inWords({ outcome: what, dsn, scope, reason }: DeliveryStatus): string {
  return `${what} ${dsn} ${scope}: ${reason.replaceAll(name, 'N')}`;
}

function scriptOf({ greeting, offers, on = {}, during, afterStartTls, readPauseMs }: Host): Script {
  return {
    tls,
    ...(readPauseMs === undefined ? {} : { readPauseMs }),
    ...(greeting === undefined ? {} : { greeting }),
    ...(offers === undefined ? {} : { ehlo: offers }),
    ...(afterStartTls === undefined ? {} : { afterStartTls }),
    ...(during === undefined
      ? {}
      : { duringContent: (octets: number) => (octets >= during.octets ? during.act : undefined) }),
    on: answersOf(on),
  };
}

/** The answers in their turn, until the message comes with which the host has no quarrel. */
function answersOf(on: NonNullable<Host['on']>): NonNullable<Script['on']> {
  const usual: Readonly<Record<string, Act>> = {
    MAIL: '250 ok',
    RCPT: '250 ok',
    DATA: '354 go',
    dot: '250 ok',
  };
  let quarrels = true;
  const verbs = new Set([...Object.keys(on), 'MAIL']);
  return Object.fromEntries(
    [...verbs].map((verb) => {
      const asked = on[verb];
      const turns: readonly Act[] | undefined =
        asked === undefined ? undefined : isTurns(asked) ? asked : [asked];
      let turn = 0;
      const answer = (line: string): Act => {
        if (verb === 'MAIL' && line.includes('again@')) quarrels = false;
        const plain = usual[verb] ?? '250 ok';
        if (!quarrels || turns === undefined) return plain;
        turn += 1;
        return turns[Math.min(turn, turns.length) - 1] ?? plain;
      };
      return [verb, answer];
    }),
  );
}

function isTurns(asked: Act | readonly Act[]): asked is readonly Act[] {
  return Array.isArray(asked);
}

function transactionFor({ recipients = 1, content = 'hello\r\n', octets, ...rest }: Mail): Transaction {
  const addresses =
    typeof recipients === 'number'
      ? Array.from({ length: recipients }, (_, at) => ({ address: `r${at + 1}@example.net` }))
      : recipients;
  const part = { ...rest, recipients: addresses };
  if (octets === undefined) return transactionOf(Buffer.from(content, 'utf8').toString('latin1'), part);
  const chunk = Buffer.from(`${'x'.repeat(62)}\r\n`.repeat(1_024));
  const chunks = Math.ceil(octets / chunk.length);
  // As the queue gives it: each piece has to be waited for.
  async function* all(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < chunks; sent += 1) {
      await Promise.resolve();
      yield chunk;
    }
  }
  return { ...transactionOf('', part), size: chunks * chunk.length, content: all };
}

const timeoutOf: Readonly<Record<string, keyof Timeouts>> = {
  EHLO: 'heloMs',
  'TLS EHLO': 'heloMs',
  HELO: 'heloMs',
  STARTTLS: 'starttlsMs',
  MAIL: 'mailMs',
  RCPT: 'rcptMs',
  DATA: 'dataInitMs',
  dot: 'dataDoneMs',
  RSET: 'rsetMs',
};

/** Patience for every stage but those at which the host goes silent. */
function timeoutsFor({ greeting, on = {}, during, readPauseMs = 0 }: Host): Timeouts {
  const timeouts: { -readonly [stage in keyof Timeouts]: number } = { ...patient };
  for (const stage of Object.keys(timeouts) as (keyof Timeouts)[]) timeouts[stage] = longMs;
  if (greeting !== undefined && isSilent(greeting)) timeouts.heloMs = briefMs;
  if (during !== undefined && isSilent(during.act)) timeouts.dataXferMs = briefMs;
  if (readPauseMs > hastyMs) timeouts.dataXferMs = hastyMs;
  for (const [verb, asked] of Object.entries(on)) {
    const stage = timeoutOf[verb];
    if (stage !== undefined && (isTurns(asked) ? asked : [asked]).some(isSilent)) timeouts[stage] = briefMs;
  }
  return timeouts;
}

/** It does not answer, and does not hang up either. */
function isSilent(act: Act): boolean {
  return isLast(act) && typeof act !== 'string' && !('drop' in act);
}
