import { expect, it } from 'vitest';
import { runCommand } from '../../support/run-command.ts';

/** `dane-relay log explain`, as an operator calls it. */

const line = `Nov 24 09:05:03 relay dane-relay/smtp[812]: 4jX6Z215f0zwqHvm: to=<user@example.org>, relay=mx.example.org[192.0.2.25]:25, delay=0.03, delays=0.01/0.01/0.01/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)`;

it('explains a line that it is given, between quotes or in words', async () => {
  for (const words of [[line], line.split(' ')]) {
    const { code, stdout } = await runCommand(['log', 'explain', ...words], {});
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('  delivery: the result of an attempt for one recipient');
    expect(stdout.toString()).toContain('docs/log.md#event-delivery');
  }
});

it('explains lines that it reads, and says which it does not know', async () => {
  const { code, stdout } = await runCommand(['log', 'explain', '--json'], {}, `${line}\nsshd[1]: hello\n`);
  expect(code).toBe(0);
  const said = stdout.toString().trimEnd().split('\n');
  expect(said.map((one) => (JSON.parse(one) as { known: boolean }).known)).toEqual([true, false]);
});

it('reads lines without an end, and keeps little of them', async () => {
  const { code, stdout } = await runCommand(['log', 'explain'], {}, 'x'.repeat(5_000_000));
  expect(code).toBe(65);
  expect(stdout.length).toBeLessThan(11_000);
});
