import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { wideShare } from '../../test/support/wide-share.ts';
import { createMemoryBudget, MemoryShare } from '../core/memory-budget.ts';
import { parseRcptCommand } from '../core/intake/rcpt-command.ts';
import { ClientTransaction } from './client-transaction.ts';

const mail = { kind: 'mail', sender: 'a@b.example', body: '7BIT', smtpUtf8: false } as const;

test('ClientTransaction: add() takes up to the limit, the same recipient once', () => {
  const transaction = new ClientTransaction(mail, 5, wideShare());
  expect(transaction.add('x@y.example', [{ address: 'x@y.example' }], 2)).toBe('added');
  expect(transaction.add('x@y.example', [{ address: 'x@y.example', notify: ['NEVER'] }], 2)).toBe('added');
  expect(transaction.add('x@y.example', [{ address: 'x@y.example' }], 2)).toBe('added');
  expect(transaction.add('x@y.example', [{ address: 'z@y.example' }], 2)).toBe('too many');
  expect(transaction.envelope.recipients).toEqual([
    { address: 'x@y.example' },
    { address: 'x@y.example', notify: ['NEVER'] },
  ]);
});

test('ClientTransaction: the envelope has what MAIL FROM said and nothing more', () => {
  expect(new ClientTransaction({ ...mail, declaredSizeBytes: 7 }, 5, wideShare()).envelope).toEqual({
    sender: 'a@b.example',
    recipients: [],
    body: '7BIT',
    smtpUtf8: false,
  });
  expect(new ClientTransaction({ ...mail, ret: 'FULL', envid: '0' }, 5, wideShare()).envelope).toMatchObject({
    ret: 'FULL',
    envid: '0',
  });
});

test('ClientTransaction: what its recipients take is counted, each once, and given back', () => {
  const memory = createMemoryBudget(1_500);
  const share = new MemoryShare(memory);
  const transaction = new ClientTransaction(mail, 5, share);
  expect(transaction.add('x@y.example', [{ address: 'a@y.example' }], 10)).toBe('added');
  const one = memory.usedBytes();
  expect(one).toBe(320 + 2 * 11);
  expect(transaction.add('x@y.example', [{ address: 'a@y.example' }], 10)).toBe('added');
  expect(memory.usedBytes()).toBe(one);
  const orcpt = `rfc822;${'o'.repeat(400)}`;
  expect(transaction.add('x@y.example', [{ address: 'b@y.example', orcpt }], 10)).toBe('added');
  expect(memory.usedBytes()).toBe(2 * one + 2 * orcpt.length);
  expect(transaction.add('x@y.example', [{ address: 'c@y.example', orcpt }], 10)).toBe('no room');
  expect(transaction.envelope.recipients).toHaveLength(2);
  share.release();
  const names = { written: 'd@Y.example', original: 'd' };
  const other = new ClientTransaction(mail, 5, new MemoryShare(memory));
  expect(other.add('x@y.example', [{ address: 'd@y.example', ...names }], 10)).toBe('added');
  expect(memory.usedBytes()).toBe(one + 2 * (11 + 1));
  expect(other.add('x@y.example', [{ address: 'd@y.example' }], 10)).toBe('added');
  expect(other.envelope.recipients).toEqual([{ address: 'd@y.example', ...names }]);
  other.share.release();
  expect(memory.usedBytes()).toBe(0);
});

test('ClientTransaction: recipients take what is reckoned at most, however long the commands were that named them', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const memory = createMemoryBudget(Infinity);
  const transaction = new ClientTransaction(mail, 5, new MemoryShare(memory));
  const count = 10_000;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let nth = 0; nth < count; nth += 1) {
    const line = Buffer.from(`RCPT TO:<recipient${nth}@some.example>${' '.repeat(1_900)}`).toString();
    const command = parseRcptCommand(line, { smtpUtf8: false, hostname: 'relay.example' });
    if (command.kind === 'rcpt') transaction.add('x@y.example', [command.recipient], count);
  }
  collect();
  expect(transaction.envelope.recipients).toHaveLength(count);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(memory.usedBytes());
});
