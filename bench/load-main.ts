/**
 * The load generator, in a process of its own:
 *
 *   node load-main.js ADDRESS PORT --messages N --sessions N --per-connection N --size BYTES --domains N --zone NAME
 *                     --pause-ms N --rate N --tag TEXT
 *
 * Writes a LoadReport, one line of JSON, when every message was submitted or refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LoadReport } from './generate-load.ts';
import { Submission } from './submission.ts';
import { quantile } from './statistics.ts';
import { domainName } from './domain-name.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '0' },
    sessions: { type: 'string', default: '1' },
    'per-connection': { type: 'string', default: '1' },
    size: { type: 'string', default: '4096' },
    domains: { type: 'string', default: '1' },
    zone: { type: 'string', default: 'bench.test' },
    'pause-ms': { type: 'string', default: '0' },
    rate: { type: 'string', default: '0' },
    tag: { type: 'string', default: 'load' },
  },
});
const [host = '', port = ''] = positionals;
const [messages, sessions, perConnection, size, domains, pauseMs, rate] = [
  values.messages,
  values.sessions,
  values['per-connection'],
  values.size,
  values.domains,
  values['pause-ms'],
  values.rate,
].map(Number) as [number, number, number, number, number, number, number];

const line = `${'The quick brown fox jumps over the lazy dog, and does so again and again. '.slice(0, 74)}\r\n`;
const filler = line.repeat(Math.ceil(size / line.length));

function message(id: string, recipient: string): Buffer {
  const header = [
    'From: load@bench.test',
    `To: ${recipient}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@load.test>`,
    'Subject: bench',
    `X-Bench-Id: ${id}`,
    `X-Bench-Sent: ${Date.now()}`,
  ].join('\r\n');
  // Cut anywhere, but not between CR and LF.
  const body = filler.slice(0, Math.max(0, size - header.length - 6)).trimEnd();
  return Buffer.from(`${header}\r\n\r\n${body}\r\n.\r\n`, 'latin1');
}

const acceptMs: number[] = [];
const refusals: string[] = [];
let next = 0;

/** Connection after connection, until no message is left. What a connection did not get through is not sent again. */
async function session(): Promise<void> {
  while (next < messages) {
    let submission: Submission | undefined;
    try {
      submission = await Submission.open(host, Number(port));
      for (let sent = 0; sent < perConnection && next < messages; sent++) {
        const number = next++;
        // So many a second, whatever became of those before.
        if (rate > 0) await sleep(Math.max(0, startedAt + (number / rate) * 1000 - Date.now()));
        const recipient = `user@${domainName(number % domains, values.zone)}`;
        const octets = message(`${values.tag}-${number}`, recipient);
        acceptMs.push(await submission.send('load@bench.test', recipient, octets));
        if (pauseMs > 0) await sleep(pauseMs);
      }
      await submission.close();
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
      submission?.destroy();
      // A server that takes no connections does not keep the generator forever.
      if (refusals.length >= 100) return;
    }
  }
}

const startedAt = Date.now();
await Promise.all(Array.from({ length: sessions }, session));
const report: LoadReport = {
  startedAt,
  endedAt: Date.now(),
  accepted: acceptMs.length,
  refusals,
  acceptMs: { p50: quantile(acceptMs, 0.5), p99: quantile(acceptMs, 0.99) },
};
process.stdout.write(`${JSON.stringify(report)}\n`);
