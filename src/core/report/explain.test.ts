import { describe, expect, it } from 'vitest';
import type { DeliveryStatus, TlsFault } from '../mail/status.ts';
import { mismatch } from '../dane/mismatch.ts';
import { explain } from './explain.ts';

const deferred = { outcome: 'deferred', scope: 'host', dsn: '4.7.5', reason: 'r' } as const;

function withFault(fault: Partial<TlsFault> & Pick<TlsFault, 'kind'>) {
  return explain(
    { ...deferred, tlsFault: { host: 'mx.example.org', level: 'dane', ...fault } },
    'u@example.org',
  );
}

describe('explain(): DANE', () => {
  it.each([
    ['no matching record', /does not match the published records/],
    ['self-signed', /was not issued by the authority that the published records name/],
    ['untrusted issuer', /was not issued by the authority that the published records name/],
    ['name mismatch', /was issued for another name/],
    ['expired', /has expired/],
    ['not yet valid', /not valid yet/],
    ['no certificate', /no certificate at all/],
    ['weak key or digest', /can be forged/],
  ] as const)('certificate: %s', (cause, words) => {
    const { what, who } = withFault({ kind: 'certificate', mismatch: mismatch(cause, 0).cause });
    expect(what).toMatch(
      /^The operators of the mail host mx\.example\.org, which receives mail for example\.org,/,
    );
    expect(what).toMatch(words);
    expect(what).toMatch(/was not given to it\.$/);
    expect(who).toBe('receiver');
  });

  it.each([
    [
      'not offered',
      'dane',
      /announced in the DNS that it supports encryption.*does not offer encryption/,
      'receiver',
    ],
    ['refused', 'half-dane', /refuses to start encryption/, 'receiver'],
    ['handshake', 'dane', /could not set up an encrypted connection/, 'receiver'],
    ['TLSA lookup', undefined, /could not find out whether.*wrong signature/, 'receiver'],
    [
      'unsigned',
      undefined,
      /only to mail hosts that are protected by DNSSEC and DANE\. The mail hosts of example\.org are not/,
      'operator',
    ],
    ['no TLSA records', undefined, /has published no TLSA records/, 'operator'],
    ['unusable TLSA records', undefined, /no TLSA record .* can be used/, 'receiver'],
    ['settings', undefined, /settings of this relay .* contain a mistake/, 'operator'],
    ['resolver', undefined, /cannot verify DNS answers/, 'operator'],
  ] as const)('%s at %s', (kind, level, words, who) => {
    const { tlsFault } = { tlsFault: { kind, host: 'mx.example.org', ...(level && { level }) } };
    const explanation = explain({ ...deferred, tlsFault }, 'u@example.org');
    expect(explanation.what).toMatch(words);
    expect(explanation.who).toBe(who);
  });

  it.each(['secure', 'verify', 'fingerprint', 'encrypt'] as const)(
    'at %s it is our operator who wants TLS, not theirs',
    (level) => {
      const { what, who } = withFault({ kind: 'certificate', level, mismatch: 'name mismatch' });
      expect(what).toMatch(
        /^This relay is configured to send mail for example\.org .* only over a secure connection/,
      );
      expect(what).not.toContain('announced');
      expect(who).toBe('operator');
    },
  );
});

describe('explain(): everything else, by the enhanced code', () => {
  const remote = { host: 'mx.example.org', reply: 'x' };
  it.each([
    ['5.1.1', 'recipient', /no mailbox of this name/],
    ['5.1.10', 'destination', /accepts no mail at all/],
    ['5.4.4', 'destination', /no mail host for example\.org/],
    ['5.1.3', 'recipient', /cannot be an address/],
    ['5.2.1', 'recipient', /disabled/],
    ['4.2.2', 'recipient', /is full/],
    ['5.2.2', 'recipient', /is full/],
    ['5.3.4', 'message', /larger than the mail host of example\.org accepts/],
    ['4.4.1', 'host', /could not connect to a mail host/],
    ['4.4.2', 'host', /was lost/],
    ['4.4.3', 'destination', /name servers/],
    ['5.4.6', 'host', /would come back to this relay/],
    ['5.6.7', 'host', /letters beyond the English ones/],
    ['5.7.1', 'message', /^The mail host mx\.example\.org, .* rules of its operators/],
    ['4.7.8', 'host', /could not log in/],
    ['4.3.5', 'host', /^A mail system on the way to example\.org is not configured correctly/],
    ['5.0.0', 'recipient', /does not accept mail for this address/],
    ['5.0.0', 'message', /which receives mail for example\.org, does not accept the message\./],
    ['4.7.1', 'message', /for the time being/],
    ['4.0.0', 'recipient', /for the time being/],
  ] as const)('%s of scope %s', (dsn, scope, words) => {
    const outcome = dsn.startsWith('5') ? 'bounced' : 'deferred';
    const status: DeliveryStatus = { outcome, scope, dsn, reason: 'r', remote };
    expect(explain(status, 'u@example.org').what).toMatch(words);
  });

  it('has a sentence where no host said anything', () => {
    const status = { outcome: 'deferred', scope: 'message', dsn: '4.3.0', reason: 'r' } as const;
    expect(explain(status, 'u@example.org').what).toBe(
      'The message cannot be delivered to example.org at the moment.',
    );
  });
});

it.each([
  ['5.1.3', /cannot be an address/],
  ['5.3.4', /larger than this relay accepts/],
  ['5.7.1', /^This relay does not accept the message for this address\./],
])('explain(): what this relay refuses itself names no host: %s', (dsn, words) => {
  const status = { outcome: 'bounced', scope: 'recipient', dsn, reason: 'r', byUs: true } as const;
  expect(explain(status, 'u@example.org').what).toMatch(words);
  expect(explain(status, 'u').what).not.toMatch(/example\.org| {2}/);
});
