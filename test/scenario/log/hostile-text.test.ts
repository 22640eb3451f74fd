import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { makeCertificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain, LabHost } from '../../lab/world.ts';
import { labSettings, launchRelay, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { parseReport } from '../../support/parse-report.ts';
import { sendMail } from '../../support/send-mail.ts';

/** What a remote side may say to lead a terminal, a log tool or a reader astray: none of it gets through anywhere. */

const evil = '\u001B]0;owned\u0007\u001B[31mred\u009B2J\u202Ekcab\u2066\u200F\u2028next\u00ADsoft';
const long = `${evil}${'A'.repeat(1500)}`;

const hosts: Readonly<Record<string, Omit<LabHost & { kind: 'scripted' }, 'kind' | 'name'>>> = {
  greeting: { greeting: `421 ${long}` },
  mail: { replies: { MAIL: `451-4.7.1 ${evil}\r\n451 4.7.1 ${long}` } },
  rcpt: { replies: { RCPT: `450 4.2.0 ${long}` } },
  refused: { replies: { RCPT: `550-5.1.1 ${evil}\r\n550 5.1.1 ${long}` } },
  data: { replies: { DATA: `452 ${long}` } },
  dot: { replies: { '.': `554 5.6.0 ${long}` } },
  garbage: { replies: { MAIL: `${long}\r\n`.repeat(30) } },
  taken: { replies: { '.': `250 2.0.0 ${long}` } },
};
const names = Object.keys(hosts);

let lab: Lab;
let plain: RunningRelay;
let json: RunningRelay;
const jsonFile = (): string => join(lab.directory, 'mail.json');

beforeAll(async () => {
  const certificate = await makeCertificate({ commonName: `cn${evil}` });
  const one = (name: string): LabDomain => ({
    name: `${name}.test`,
    dnssec: 'signed',
    records: ({ address }) => ['@ MX 10 mx', `mx ${address(`mx.${name}.test`)}`],
  });
  lab = await startLab({
    domains: [...names, 'home'].map(one),
    hosts: [...Object.entries(hosts), ['home', {}] as const].map(([name, options]) => ({
      kind: 'scripted',
      name: `mx.${name}.test`,
      certificates: [certificate],
      ...options,
    })),
  });
  plain = await startRelay({ set: labSettings(lab) });
  json = await launchRelay({ set: { ...labSettings(lab), 'log.format': 'json', 'log.file': jsonFile() } });
  await until(async () => (await jsonText()).includes('"msg":"ready"'), 'the relay that logs JSON');
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
  await json?.[Symbol.asyncDispose]();
  await lab?.stop();
});

function jsonText(): Promise<string> {
  return readFile(jsonFile(), 'utf8').catch(() => '');
}

/** Everything but letters and the like of any language, and plain blanks. */
const harmful = /[\p{C}\p{Zl}\p{Zp}]/u;

function expectHarmless(lines: readonly string[]): void {
  expect(lines.filter((line) => harmful.test(line))).toEqual([]);
  expect(lines.filter((line) => line.length > 4200)).toEqual([]);
}

/** A client with a name and commands of that kind, which goes away without a word. */
async function hostileClient(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.resume();
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    `EHLO ${evil}\r\nMAIL FROM:<a@home.test>\r\nRCPT TO:<${evil}@x.test>\r\n${evil}\r\nRCPT TO:<a"@x>\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
}

describe('hostile text', () => {
  it('is harmless in the log, in the list of the queue and in reports', async () => {
    await hostileClient(plain.port);
    const had = lab.host('mx.home.test').messages.length;
    for (const name of names) {
      const id = await sendMail(plain.port, { from: 'sender@home.test', to: `user@${name}.test` });
      await plain.line(new RegExp(`${id}: to=`));
    }
    await plain.line(/disconnect from/);
    expectHarmless(plain.lines);
    expect(plain.lines.filter((line) => line.includes('owned')).length).toBeGreaterThanOrEqual(names.length);

    const args = ['dist/main.js', 'queue', 'list', '--set', `data_dir=${plain.dataDir}`];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain('owned');
    expectHarmless(stdout.split('\n'));

    const reports = (await lab.host('mx.home.test').waitForMessages(had + 2)).slice(had);
    for (const { data } of reports) {
      const text = data.toString();
      expect(text).toContain('owned');
      // Folded fields begin with a tab.
      expectHarmless(text.split(/\r\n\t?/));
      expectHarmless((await parseReport(data)).text.split(/\r?\n/));
    }
  });

  it('is harmless in the fields of the JSON log, and every line has its event and its queue id', async () => {
    const port = async (): Promise<number> => Number(/listening on [^,]*:(\d+)/.exec(await jsonText())?.[1]);
    await hostileClient(await port());
    for (const name of names) {
      const id = await sendMail(await port(), { from: 'sender@home.test', to: `user@${name}.test` });
      await until(async () => new RegExp(`"event":"delivery","queueId":"${id}"`).test(await jsonText()), id);
    }
    const lines = (await jsonText()).trim().split('\n');
    expectHarmless(lines);
    for (const line of lines) {
      const { event, queueId, msg } = JSON.parse(line) as { event?: string; queueId?: string; msg: string };
      expect(event, line).toMatch(/^[\w -]+$/);
      const [, id] = /^([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,}): /.exec(msg) ?? [];
      if (id !== undefined) expect(queueId, line).toBe(id);
      expect(JSON.stringify(JSON.parse(line))).not.toMatch(/\\u00[01][0-9a-f]|\\u009b/i);
    }
  });
});
