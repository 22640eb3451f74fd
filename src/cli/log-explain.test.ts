import { expect, it } from 'vitest';
import { eventNames, eventTable } from '../core/events/event-table.ts';
import { explainLines } from './log-explain.ts';

async function explain(
  input: readonly (string | Buffer)[],
  json = false,
): Promise<{ readonly known: boolean; readonly printed: readonly string[] }> {
  const printed: string[] = [];
  const print = (line: string): boolean => printed.push(line) > 0;
  const known = await explainLines(
    input.map((one) => Buffer.from(one)),
    { json, print },
  );
  return { known, printed };
}

it('says what a line means, what to do, and where it is told', async () => {
  const line =
    'Nov 24 09:05:03 relay dane-relay/smtpd[812]: unknown[203.0.113.9]: SASL LOGIN authentication failed: wrong user or password, sasl_username=root';
  expect(await explain([line])).toEqual({
    known: true,
    printed: [
      line,
      '  login refused: somebody is not who it wants to be; whether there is such a user is not said',
      '  what to do: a client of yours has an old password; else let fail2ban read this (docs/operating.md#users)',
      '  docs/log.md#event-login-refused',
      '',
    ],
  });
});

it('says what is no line of ours, and goes on', async () => {
  const { known, printed } = await explain(['sshd[1]: hello\n\nx/qmgr[2]', ': 4jX6Z215f0zwqHvm: removed']);
  expect(known).toBe(true);
  expect(printed[1]).toBe('  This is no line that this version of the relay writes.');
  expect(printed[3]).toBe('x/qmgr[2]: 4jX6Z215f0zwqHvm: removed');
  expect(printed[5]).toBe('  what to do: nothing');
  expect((await explain(['sshd[1]: hello'])).known).toBe(false);
});

it('names all that it can be', async () => {
  const { printed } = await explain(['x/smtp[1]: warning: /etc/x:3: what is this']);
  expect(printed[1]).toBe('  One of these; the text does not tell which:');
  expect(printed.filter((line) => line.includes('docs/log.md#event-'))).toHaveLength(2);
});

it('prints JSON, one object for each line', async () => {
  const { printed } = await explain(['x/qmgr[2]: 4jX6Z215f0zwqHvm: removed\nnonsense\n'], true);
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      schema: 1,
      known: true,
      component: 'qmgr',
      severity: 'info',
      text: '4jX6Z215f0zwqHvm: removed',
      events: [{ event: 'removed', means: eventTable.removed.means, page: 'docs/log.md#event-removed' }],
    },
    { schema: 1, known: false, severity: 'info', text: 'nonsense', events: [] },
  ]);
});

it('keeps no more of a line than it looks at, and shows nothing that a terminal obeys', async () => {
  const { printed } = await explain(Array.from({ length: 50 }, () => `\u{1b}[31m${'x'.repeat(1_000)}`));
  expect(printed[0]).toMatch(/^\?\[31mx+/);
  expect(printed[0]?.length).toBeLessThan(10_300);
});

it('shows no Markdown', async () => {
  const lines = eventNames.map((event) => JSON.stringify({ event, msg: 'x' }));
  const { printed } = await explain([lines.join('\n')]);
  expect(printed.filter((line) => /`|\]\(/.test(line))).toEqual([]);
});
