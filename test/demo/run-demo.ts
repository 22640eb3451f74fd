import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { styleText } from 'node:util';
import { startLab, type Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { startRelay, type RunningRelay } from '../support/running-relay.ts';
import { obstacle, sender, type Case } from './cases.ts';
import { clients } from './clients.ts';
import { demoWorld } from './demo-world.ts';
import { catchInterruption, type Interruption } from './interruption.ts';
import { hostReport, loggedOutcome } from './observe.ts';
import { shownLine } from './shown-line.ts';
import { formatTable, isAsExpected, type Row } from './table.ts';

/** A mail that was answered for and is not there by then is missing. */
const belatedMs = 30_000;
const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;

/**
 * Sends the mails of the cases through a relay of its own, prints what happens, and puts everything away. Resolves to
 * the exit code: 0 when all went as expected, 1 when not, and as a shell counts after a signal.
 */
export async function runDemo(all: readonly Case[]): Promise<number> {
  const startedAt = Date.now();
  const interruption = catchInterruption();
  const cases = all.filter((one) => obstacle(one) === undefined);
  introduce(all);
  try {
    const rows = await play(cases, interruption);
    conclude(rows, startedAt);
    return rows.every(isAsExpected) ? 0 : 1;
  } catch (error) {
    if (interruption.signal.aborted) {
      say('\nInterrupted. Relay and lab are stopped, nothing is left.');
      return interruption.exitCode;
    }
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

/** Everything that runs has its end here, whatever happens between. */
async function play(cases: readonly Case[], interruption: Interruption): Promise<Row[]> {
  const startedAt = Date.now();
  await using lab = await startLab(await demoWorld());
  interruption.signal.throwIfAborted();
  say(`The lab is up after ${seconds(startedAt)}. The relay starts:`);
  await using relay = await startRelayIn(lab, cases);
  const outcomes = new Map<Case, string>();
  for (const one of cases) {
    interruption.signal.throwIfAborted();
    if (one.client === 'report') continue;
    say(`${style('bold', one.domain)}: ${one.what}`);
    const trouble = await interruption.race(send(one, relay));
    if (trouble !== undefined) outcomes.set(one, trouble);
  }
  const rows: Row[] = [];
  for (const one of cases) rows.push(await interruption.race(rowOf(one, lab, relay, outcomes.get(one))));
  say('The relay stops:');
  return rows;
}

async function startRelayIn(lab: Lab, cases: readonly Case[]): Promise<RunningRelay> {
  const dataDir = path.join(lab.directory, 'relay');
  await mkdir(dataDir, { mode: 0o700 });
  return startRelay({
    dataDir,
    policies: cases.flatMap(({ domain, level }) => (level === undefined ? [] : [`${domain} ${level}`])),
    set: {
      'delivery.port': String(lab.port),
      // The relay's own Unbound validates, from the root key of the lab.
      'dns.forwarders': lab.dnsServer,
      'dns.trust_anchor': lab.trustAnchor,
    },
    onLine(line) {
      const shown = shownLine(line);
      if (shown !== undefined) say(style('dim', `  | ${shown}`));
    },
  });
}

/** Hands a mail over, and waits until the relay is through with it and with its bounce. Resolves to what went wrong. */
async function send({ client, domain, what }: Case, relay: RunningRelay): Promise<string | undefined> {
  if (client === 'report') return undefined;
  let trouble = `${client} failed`;
  try {
    const mail = { from: sender, to: `user@${domain}`, subject: what };
    const queueId = await clients[client](relay.port, mail);
    trouble = 'no verdict in time';
    await relay.line(new RegExp(`: ${queueId}: (?:removed|to=<.*status=deferred)`));
    const [bounce] = relay.matching(new RegExp(`: ${queueId}: sender non-delivery notification: `));
    const reportId = bounce?.split(' ').at(-1);
    if (reportId !== undefined) await relay.line(new RegExp(`: ${reportId}: removed`));
    return undefined;
  } catch (error) {
    say(`  ${trouble}: ${String(error)}`);
    return trouble;
  }
}

async function rowOf(one: Case, lab: Lab, relay: RunningRelay, trouble: string | undefined): Promise<Row> {
  const recipient = `user@${one.domain}`;
  const logged = loggedOutcome(relay.lines, recipient);
  const happened = trouble ?? logged?.text ?? 'no verdict';
  if (one.host === undefined) return { case: one, happened };
  const host = lab.host(one.host);
  const look = () => hostReport(host, recipient, logged?.authenticated ?? false);
  // A Postfix answers before the mail is in the mailbox. What never comes is shown by the numbers.
  await until(() => look().mails >= one.expected.mails, 'mail', belatedMs).catch(() => {});
  return { case: one, happened, seen: look() };
}

function introduce(all: readonly Case[]): void {
  const hasPostfix = all.some((one) => one.needs === 'Postfix' && obstacle(one) === undefined);
  const shown = all.filter((one) => obstacle(one) === undefined);
  say(
    `${style('bold', 'dane-relay demo')}: ${shown.length} destinations, good and bad, and what the relay does about each.\n` +
      `It starts a lab on loopback (DNSSEC-signed zones, mail hosts${hasPostfix ? ', a real Postfix' : ''}) and the relay with its own Redis\n` +
      'and its own validating Unbound. Mail comes from nodemailer and swaks. Afterwards all of it is gone.\n' +
      '(Of the log below, what Redis and Unbound write and the lines of the intake are left out.)',
  );
  for (const one of all) {
    const reason = obstacle(one);
    if (reason !== undefined)
      say(`Left out: ${one.domain} (${one.what}), because ${reason}. All others are shown.`);
  }
  say('');
}

function conclude(rows: readonly Row[], startedAt: number): void {
  const [header = '', ...lines] = formatTable(rows);
  say(`\n${style('bold', header)}`);
  for (const line of lines) say(line.endsWith('DIFFERS') ? style('red', line) : line);
  const good = rows.filter(isAsExpected).length;
  say(
    '\nWhat the receiving host saw:\n' +
      'mails   messages that arrived\n' +
      'clear   octets of mail (addresses, content) that anybody on the way could read, because they came outside TLS\n' +
      'unauth  octets of mail inside TLS, but given to a host that nobody had proved to be the right one. For a domain\n' +
      '        without TLSA records there is nothing better; for one with them it must be 0\n' +
      `\n${good} of ${rows.length} as expected, in ${seconds(startedAt)}. Relay and lab are stopped, nothing is left.`,
  );
}

function style(format: Parameters<typeof styleText>[0], text: string): string {
  return colours ? styleText(format, text) : text;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
