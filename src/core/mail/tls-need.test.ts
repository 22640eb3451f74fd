import { expect, test } from 'vitest';
import type { Trouble } from './status.ts';
import { isUnfit, notDeliverable, tlsAskedBy, tlsNeedOf } from './tls-need.ts';

const envelope = { sender: 'a@x.test', recipients: [], body: '7BIT', smtpUtf8: false } as const;
const requireTls = { ...envelope, requireTls: true } as const;

test.each<[Parameters<typeof tlsNeedOf>[0], string, string | undefined]>([
  [{ envelope }, 'usual', undefined],
  [{ envelope: requireTls }, 'required', 'required'],
  [{ envelope, tlsOptional: true }, 'optional', 'optional'],
  [{ envelope: requireTls, tlsOptional: true }, 'required', 'required'],
  [{ envelope, tlsReport: true }, 'relaxed', undefined],
  // RFC 8689 §5: reports go out in any case, the copy for the postmaster too.
  [{ envelope: { ...requireTls, sender: '' } }, 'usual', 'required'],
  [{ envelope: requireTls, redactable: { from: 0, to: 9 } }, 'usual', 'required'],
])('%j asks for %s TLS', (message, need, asked) => {
  expect(tlsNeedOf(message)).toBe(need);
  expect(tlsAskedBy(message)).toBe(asked);
});

const status: Trouble = { outcome: 'deferred', dsn: '4.7.5', reason: 'why', scope: 'host' };
const faulty = (kind: NonNullable<Trouble['tlsFault']>['kind'], reply?: string): Trouble => ({
  ...status,
  tlsFault: { kind, host: 'mx' },
  ...(reply !== undefined && { remote: { host: 'mx', reply } }),
});

test.each([
  [faulty('no REQUIRETLS'), true, '5.7.30'],
  [faulty('not authenticated'), true, '5.7.10'],
  [faulty('unsigned'), true, '5.7.10'],
  // What somebody in between can do.
  [faulty('certificate'), false, undefined],
  [faulty('not offered'), false, undefined],
  [faulty('refused', '554 5.7.3 no TLS for you'), false, undefined],
  [faulty('not in STS policy'), false, undefined],
  // What may be another way in a moment.
  [faulty('handshake'), false, undefined],
  [faulty('TLSA lookup'), false, undefined],
  [faulty('resolver'), false, undefined],
  [faulty('settings'), false, undefined],
  [status, false, undefined],
])('%j: unfit for mail that requires TLS: %s', (trouble, unfit, dsn) => {
  expect(isUnfit(trouble)).toBe(unfit);
  if (dsn !== undefined)
    expect(notDeliverable(trouble)).toMatchObject({ outcome: 'bounced', dsn, reason: 'why' });
});
