import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Rejection } from './rejections/rejection.ts';
import { rejections } from './rejections/rejections.ts';
import { renderRejections } from './rejections/render.ts';
import { RawClient } from './raw-client.ts';
import { runIntake } from './running-intake.ts';

/** Every refusal of the door, as docs/rejections.md lists them: reply, log line, and whether the client may go on. */

const doc = readFileSync(new URL('../../../docs/rejections.md', import.meta.url), 'utf8');

describe.each(rejections)('$title', ({ rows }) => {
  test.each(rows.map((row) => [row.situation, row] as const))('%s', async (_, rejection) => {
    await using intake = await runIntake(rejection.options, rejection.ports);
    const address = rejection.stranger ? '127.0.0.9' : '127.0.0.1';
    for (let other = 0; other < (rejection.others ?? 0); other += 1) {
      await (await intake.client(address)).reply();
    }
    const client = rejection.secured
      ? RawClient.of(connectTls({ ...intake.address, rejectUnauthorized: false }))
      : await intake.client(address);
    const greeting = await client.reply();
    expect(await lastReply(client, rejection, greeting)).toBe(rejection.reply);
    if (rejection.closes) expect(await client.reply()).toBe('closed');
    else expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
    if (rejection.line !== undefined) expect(intake.lines()).toContain(rejection.line);
  });
});

async function lastReply(
  client: { say: (line: string) => Promise<string>; reply: () => Promise<string> },
  { before = [], said, reply }: Rejection,
  greeting: string,
): Promise<string> {
  for (const line of before) await client.say(line);
  if (said === undefined) return greeting;
  const answer = await client.say(said);
  // Of commands that came in one segment, the last one is meant.
  return answer === reply || !said.includes('\r\nMAIL') ? answer : client.reply();
}

test('docs/rejections.md has these tables (npm run docs:rejections)', () => {
  const [, tables = ''] = doc.split('<!-- tables: written by npm run docs:rejections -->\n\n');
  expect(tables).toBe(renderRejections());
});
