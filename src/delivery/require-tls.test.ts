import { describe, expect, it } from 'vitest';
import { dialling } from '../../test/support/dialling.ts';
import {
  candidateAt,
  claimOf,
  policyAt,
  routeOf,
  sent,
  sessionWith,
} from '../../test/support/delivery-kit.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { RequireTlsFit, TlsNeed } from '../core/mail/tls-need.ts';
import type { Transaction } from '../core/smtp/transaction.ts';
import { deliver } from './deliver.ts';
import type { DeliverPorts } from './ports.ts';
import { sessionPool } from './session-pool.ts';

/** What mail that asks something of TLS goes through, at hosts that offer what `fits` says. */
function world(fits: Readonly<Record<string, RequireTlsFit>>) {
  const transactions: { readonly host: string; readonly transaction: Transaction }[] = [];
  const lines: string[] = [];
  const asked: TlsNeed[] = [];
  const pool = sessionPool({ reuse: true, idleMs: 2000, ageMs: 300_000, count: 0 }, () => 0);
  const policy = policyAt('dane');
  const candidates = Object.keys(fits).map((host, at) =>
    candidateAt(host, {
      preference: at,
      policy: async (need = 'usual') => {
        asked.push(need);
        return need === 'optional' ? { ...policy, lowered: true } : policy;
      },
    }),
  );
  const ports: DeliverPorts = {
    ...dialling(async ({ host }) => ({
      kind: 'open',
      session: sessionWith(host, {
        policyKey: policy.key,
        levels: { initial: 'dane', final: 'dane' },
        requireTls: fits[host] ?? 'none',
        transact: async (transaction) => {
          transactions.push({ host, transaction });
          return { statuses: transaction.recipients.map(() => sent), startedAt: 1, endedAt: 2 };
        },
      }),
    })),
    log: ({ text }) => void lines.push(text),
    now: () => 5,
    limits: { recipients: 2, sessions: 1, clearAfterMs: 300_000 },
    ambiguous: 'resend',
  };
  const go = async (mail: Claim) =>
    deliver(mail, routeOf(candidates), { pool, ports, signal: new AbortController().signal });
  return { go, pool, transactions, lines, asked };
}

const secret = (): Claim => claimOf({ envelope: { requireTls: true } });

describe('mail that requires TLS', () => {
  it('passes over hosts that do not offer it, however many sessions there may be, and says nothing there', async () => {
    const { go, transactions, lines } = world({ mx1: 'none', mx2: 'none', mx3: 'requiretls' });
    const [attempt] = await go(secret());
    expect(attempt).toMatchObject({ status: { outcome: 'sent' }, tls: 'dane/requiretls' });
    expect(transactions.map(({ host, transaction }) => [host, transaction.requireTls])).toEqual([
      ['mx3', true],
    ]);
    expect(lines.filter((text) => text.includes('was not offered by host mx1'))).toHaveLength(1);
  });

  it('comes back once all hosts were asked; their sessions stay for other mail', async () => {
    const { go, pool, transactions } = world({ mx1: 'none', mx2: 'none' });
    const [attempt] = await go(secret());
    expect(attempt).toMatchObject({
      status: { outcome: 'bounced', dsn: '5.7.30', tlsFault: { kind: 'no REQUIRETLS', host: 'mx2' } },
      tls: 'dane/!requiretls:none',
    });
    expect(transactions).toEqual([]);
    expect(pool.addresses()).toHaveLength(2);
    expect((await go(claimOf()))[0]?.status.outcome).toBe('sent');
  });
});

it('mail that says "TLS-Required: No" asks for a policy of its own, and the log says so', async () => {
  const { go, asked, lines } = world({ mx1: 'none' });
  const mail = claimOf();
  await go({ ...mail, message: { ...mail.message, tlsOptional: true } });
  expect(asked).toEqual(['optional']);
  expect(lines).toContain('Q: TLS-Required: No: host mx1 need not prove who it is');
});

describe('a report about mail that requires TLS', () => {
  const content = [Buffer.from('SIGNED\r\nFrom: us\r\n'), Buffer.from('\r\nSubject: secret\r\n--end\r\n')];
  const report = (): Claim => {
    const mail = claimOf({ envelope: { sender: '', requireTls: true }, content });
    return { ...mail, message: { ...mail.message, signatureBytes: 8, redactable: { from: 12, to: 29 } } };
  };

  it.each([
    ['requiretls', true, 'SIGNED\r\nFrom: us\r\n\r\nSubject: secret\r\n--end\r\n', 8],
    ['none', undefined, 'From: us\r\n\r\n--end\r\n', undefined],
    ['nocertmatch', undefined, 'From: us\r\n\r\n--end\r\n', undefined],
    ['nostarttls', undefined, 'From: us\r\n\r\n--end\r\n', undefined],
  ] as const)('to a host with %s', async (fit, requireTls, expected, signatureBytes) => {
    const { go, transactions } = world({ mx1: fit });
    expect((await go(report()))[0]?.status.outcome).toBe('sent');
    const [{ transaction } = { transaction: undefined }] = transactions;
    const parts: Uint8Array[] = [];
    for await (const part of transaction?.content() ?? []) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe(expected);
    expect(transaction).toMatchObject({ size: expected.length });
    expect(transaction?.requireTls).toBe(requireTls);
    expect(transaction?.signatureBytes).toBe(signatureBytes);
  });

  it('of another server goes as it is, if need be', async () => {
    const { go, transactions } = world({ mx1: 'none' });
    const mail = claimOf({ envelope: { sender: '', requireTls: true }, content });
    expect((await go(mail))[0]).toMatchObject({ status: { outcome: 'sent' }, tls: 'dane/!requiretls:none' });
    expect(transactions[0]?.transaction.size).toBe(mail.message.size);
  });
});
