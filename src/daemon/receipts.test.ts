import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '../core/log/log-event.ts';
import type { Session } from '../core/delivery/session.ts';
import type { Concluded } from '../delivery/concluded.ts';
import { makeReceiptKey } from '../receipts/key-file.ts';
import { openReceipts, type Receipts } from './receipts.ts';

let dataDir: string;
let bare: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'receipts-'));
  bare = await mkdtemp(join(tmpdir(), 'receipts-'));
  await makeReceiptKey(join(dataDir, 'receipt.key'));
});
afterAll(() => Promise.all([dataDir, bare].map((each) => rm(each, { recursive: true }))));

function concluded(count: number, session?: Session['tls'], at = 0): Concluded {
  const attempts = Array.from({ length: count }, (_, index) => ({
    index,
    recipient: { address: `r${index}@y.test` },
    status: { outcome: 'sent', scope: 'recipient', dsn: '2.0.0', reason: '250 ok' },
    stamps: { doneAt: 0 },
    connectionUse: 1,
    session: {
      host: 'mx.y.test',
      address: '192.0.2.25',
      port: 25,
      ...(session !== undefined && { tls: session }),
    },
  }));
  return {
    message: {
      queueId: 'Q',
      envelope: { sender: '', recipients: [], body: '7BIT', smtpUtf8: false },
      arrivedAt: 0,
      size: 1,
      messageId: '',
      wantsReceipt: true,
    },
    destination: 'y.test',
    attempts,
    settlement: { failed: [], held: [], expired: false },
    count: 1,
    at,
  } as unknown as Concluded;
}

async function opened(
  directory: string,
  settings: { readonly keyFile?: string; readonly for?: 'asked' | 'all' } = {},
): Promise<{ receipts: Receipts; lines: string[]; counted: [string, number][] }> {
  const lines: string[] = [];
  const counted: [string, number][] = [];
  const receipts = await openReceipts({
    config: { receipts: { keyFile: '', for: 'asked', keepMs: 1, sizeLimitBytes: 1, ...settings } },
    dataDir: directory,
    hostname: 'relay.test',
    meters: { receipts: (...said) => void counted.push(said) },
    log: ({ text }: LogEvent) => void lines.push(text),
  });
  return { receipts, lines, counted };
}

test('openReceipts(): without a key mail goes without, and who asks is told of in the log', async () => {
  const { receipts, lines, counted } = await opened(bare);
  expect(receipts.isUsed).toBe(false);
  expect(lines).toEqual([]);
  expect(await receipts.of(concluded(2))).toBeUndefined();
  expect(lines).toEqual(['Q: receipts wanted and not made: 2; there is no key (receipts.key_file)']);
  expect(counted).toEqual([['no key', 2]]);
});

test('openReceipts(): a key that is missing or damaged keeps no relay from starting', async () => {
  const rubbish = join(bare, 'rubbish');
  await writeFile(rubbish, 'no key');
  for (const settings of [
    { keyFile: join(bare, 'none') },
    { keyFile: rubbish },
    { keyFile: bare },
    { for: 'all' as const },
  ]) {
    const { receipts, lines } = await opened(bare, settings);
    expect(lines).toEqual([expect.stringMatching(/^no receipts are signed: [^\n]+$/)]);
    expect(await receipts.of(concluded(1))).toBeUndefined();
    expect(lines).toHaveLength(2);
  }
});

test('openReceipts(): what goes wrong when a receipt is made is logged, and keeps no outcome', async () => {
  const { receipts, lines, counted } = await opened(dataDir);
  expect(await receipts.of(concluded(1, undefined, Number.NaN))).toBeUndefined();
  expect(lines).toEqual(['Q: receipts wanted and not made: 1; Invalid time value']);
  expect(counted).toEqual([['failed', 1]]);
});

test('openReceipts(): those of one attempt have a bounded size', async () => {
  const judged = { at: 0, level: 'dane', chain: [new Uint8Array(40_000)], records: [], names: [] } as const;
  const facts = { protocol: 'TLSv1.3', cipher: 'X', bits: [256, 256] } as const;
  const { receipts, lines } = await opened(dataDir);
  const made = await receipts.of(concluded(20, { word: 'Untrusted', facts, judged }));
  const octets = made?.texts.reduce((sum, [, text]) => sum + text.length, 0) ?? 0;
  expect(octets).toBeGreaterThan(400_000);
  expect(octets).toBeLessThan(512 * 1024);
  expect(lines.at(-1)).toMatch(/receipts wanted and not made: \d+; there is no room for them/);
  const tooLong = { ...judged, chain: [new Uint8Array(60_000)] };
  expect(await receipts.of(concluded(1, { word: 'Untrusted', facts, judged: tooLong }))).toBeUndefined();
});
