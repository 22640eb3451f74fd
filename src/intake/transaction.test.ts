import { expect, test } from 'vitest';
import { Transaction } from './transaction.ts';

const mail = { kind: 'mail', sender: 'a@b.example', body: '7BIT', smtpUtf8: false } as const;

test('Transaction: add() takes up to the limit, the same recipient once', () => {
  const transaction = new Transaction(mail, 5);
  expect(transaction.add({ address: 'x@y.example' }, 2)).toBe(true);
  expect(transaction.add({ address: 'x@y.example', notify: ['NEVER'] }, 2)).toBe(true);
  expect(transaction.add({ address: 'x@y.example' }, 2)).toBe(true);
  expect(transaction.add({ address: 'z@y.example' }, 2)).toBe(false);
  expect(transaction.envelope.recipients).toEqual([
    { address: 'x@y.example' },
    { address: 'x@y.example', notify: ['NEVER'] },
  ]);
});

test('Transaction: the envelope has what MAIL FROM said and nothing more', () => {
  expect(new Transaction({ ...mail, declaredSizeBytes: 7 }, 5).envelope).toEqual({
    sender: 'a@b.example',
    recipients: [],
    body: '7BIT',
    smtpUtf8: false,
  });
  expect(new Transaction({ ...mail, ret: 'FULL', envid: '0' }, 5).envelope).toMatchObject({
    ret: 'FULL',
    envid: '0',
  });
});
