import { expect, test } from 'vitest';
import type { SigningNote } from '../core/dkim/message-signer.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { QueueError } from '../queue/open-queue.ts';
import type { ReadyReport } from '../tlsrpt/send-reports.ts';
import { reportMailer, type ReportMailParts } from './tls-report-mail.ts';

const signed: SigningNote = {
  kind: 'signed',
  selector: 's',
  domain: 'relay.test',
  algorithm: 'ed25519-sha256',
};
const unsigned = (reason: string, isTrouble: boolean): SigningNote => ({
  kind: 'unsigned',
  reason,
  isTrouble,
});
const report: ReadyReport = {
  counts: { day: '2026-11-28', domain: 'x.test', policies: [] },
  reportId: 'r',
  unique: 'u',
  gzip: Buffer.alloc(0),
};

function mailer(notes: readonly SigningNote[], refused?: Error) {
  const lines: LogEvent[] = [];
  const signer = { push: () => {}, end: async () => ({ fields: Buffer.alloc(0), notes }) };
  const parts = {
    submitter: { organizationName: 'Relay', contact: 'tls@relay.test' },
    hostname: 'relay.test',
    queue: {
      accept: async (incoming: { finish: () => { message: unknown } }) => {
        if (refused !== undefined) throw refused;
        return incoming.finish().message;
      },
    },
    transports: { nextHopOf: () => 'x.test' },
    signing: { sign: () => () => signer },
    newQueueId: () => '4a',
    log: (line: LogEvent) => void lines.push(line),
  } as unknown as ReportMailParts;
  return { mail: reportMailer(parts), texts: () => lines.map(({ text }) => text) };
}

test('reportMailer() puts what is signed by our domain into the queue', async () => {
  const { mail } = mailer([signed]);
  expect(await mail('tls@x.test', report)).toBe('queued');
});

test('reportMailer() has no key where nothing signs, and says so once', async () => {
  const { mail, texts } = mailer([unsigned('no key for relay.test', false)]);
  expect([await mail('tls@x.test', report), await mail('tls@x.test', report)]).toEqual(['no key', 'no key']);
  expect(texts()).toEqual([expect.stringMatching(/^no TLS reports go out by mail/)]);
});

test('reportMailer() waits where the key does not sign now', async () => {
  const why = 'the key s of relay.test does not sign: shortage';
  const { mail, texts } = mailer([unsigned(why, true)]);
  expect(await mail('tls@x.test', report)).toEqual({ why });
  expect(texts()).toEqual([]);
});

test('reportMailer() waits while the queue takes nothing, unless it has the report already', async () => {
  const full = mailer([signed], new QueueError('QUEUE_FULL', 'Redis is full'));
  expect(await full.mail('tls@x.test', report)).toEqual({ why: 'Redis is full' });
  const taken = mailer([signed], new QueueError('QUEUE_TAKEN', 'taken'));
  expect(await taken.mail('tls@x.test', report)).toBe('queued');
  const bug = mailer([signed], new Error('a bug'));
  await expect(bug.mail('tls@x.test', report)).rejects.toThrow('a bug');
});
