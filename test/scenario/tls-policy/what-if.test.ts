import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** A policy that is tried out on mail that goes anyway: how docs/what-if.md tells it. */

let lab: Lab;
let dataDir: string;
let relay: RunningRelay;
let settings: Record<string, string>;

beforeAll(async () => {
  const names = ['mx.good.test', 'mx.plain.test', 'mx.partner.test'];
  const certificates = [await makeCertificate({ names })];
  lab = await startLab({
    hosts: names.map((name) => ({ kind: 'scripted', name, certificates })),
    domains: ['good', 'plain', 'partner'].map((name) => ({
      name: `${name}.test`,
      dnssec: 'signed' as const,
      records: ({ address, tlsa, tlsaOwner }) => [
        '@ MX 10 mx',
        `mx ${address(`mx.${name}.test`)}`,
        ...(name === 'good' ? [`${tlsaOwner('mx')} ${tlsa(`mx.${name}.test`, '3 1 1')}`] : []),
      ],
    })),
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const map = join(dataDir, 'tls_policy');
  await writeFile(map, 'partner.test may { what_if = secure match=nexthop:.partner.test }\n');
  settings = { ...labSettings(lab), 'tls.what_if': 'dane-only', 'tls.policy_maps': map };
  relay = await startRelay({ dataDir, set: settings });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await removeDataDir(dataDir);
});

async function send(domain: string): Promise<string> {
  const id = await sendMail(relay.port, { to: `user@${domain}` });
  expect(await relay.line(new RegExp(`${id}: to=`))).toMatch(/dsn=2\.0\.0, status=sent/);
  return id;
}

async function whatIf(...words: readonly string[]): Promise<string> {
  const { code, stdout } = await runCommand(['what-if', ...words], { data_dir: dataDir });
  expect(code).toBe(0);
  return stdout.toString();
}

test('mail goes, and what would have waited is told, also after a restart', async () => {
  expect(await whatIf()).toMatch(
    /^No policy was tried out on mail since \d{4}-\d\d-\d\d \(tls\.what_if\)\n$/,
  );
  await send('good.test');
  const plain = [await send('plain.test'), await send('plain.test')];
  const partner = await send('partner.test');
  await relay.line(
    new RegExp(
      `${plain[0] ?? ''}: what if dane-only: mail for plain\\.test that mx\\.plain\\.test\\[\\S+\\]:\\d+ took would have waited: no TLSA records found$`,
    ),
  );
  await relay.line(
    new RegExp(
      `${partner}: what if secure: mail for partner\\.test .* would have waited: Server certificate not verified: `,
    ),
  );
  expect(relay.matching(/good\.test.*what if|what if.*good\.test/)).toEqual([]);

  await relay.stop();
  relay = await startRelay({ dataDir, set: settings });
  const told = await whatIf('--since', '1d');
  expect(told).toMatch(/^Since \d{4}-\d\d-\d\d: 4 messages, 3 of them would not have gone as they did\n/);
  expect(told).toContain(
    `2 for plain.test at mx.plain.test would have waited at dane-only: no TLSA records found\n    the last: ${plain.join(' ')}\n`,
  );
  expect(told).toContain(
    '1 for partner.test at mx.partner.test would have waited at secure: Server certificate',
  );
  const [sum, first] = (await whatIf('--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(sum).toMatchObject({ schema: 1, kind: 'sum', looked: 4, unknown: 0, wouldNotGo: 3, others: 0 });
  expect(first).toMatchObject({
    schema: 1,
    kind: 'case',
    destination: 'plain.test',
    host: 'mx.plain.test',
    level: 'dane-only',
    verdict: 'waits',
    reason: 'no TLSA records found',
    count: 2,
    queueIds: plain,
  });
});
