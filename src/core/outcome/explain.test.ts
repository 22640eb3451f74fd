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
    ['no matching record', /is none of those they have announced/],
    ['self-signed', /does not come from where they have announced/],
    ['untrusted issuer', /does not come from where they have announced/],
    ['name mismatch', /made out for another name/],
    ['expired', /has expired/],
    ['not yet valid', /not valid yet/],
    ['no certificate', /no certificate at all/],
    ['weak key or digest', /can be forged/],
  ] as const)('certificate: %s', (cause, words) => {
    const { what, who } = withFault({ kind: 'certificate', mismatch: mismatch(cause, 0).cause });
    expect(what).toMatch(
      /^The operators of the mail host mx\.example\.org, which takes mail for example\.org,/,
    );
    expect(what).toMatch(words);
    expect(what).toMatch(/was not given to it\.$/);
    expect(who).toBe('receiver');
  });

  it.each([
    [
      'not offered',
      'dane',
      /announced in the DNS that it speaks encrypted only.*does not offer encryption/,
      'receiver',
    ],
    ['refused', 'half-dane', /refuses to begin with encryption/, 'receiver'],
    ['handshake', 'dane', /encrypted connection .* could not be made/, 'receiver'],
    ['TLSA lookup', undefined, /could not be found out.*wrong signature/, 'receiver'],
    [
      'unsigned',
      undefined,
      /only if its mail hosts are protected by DNSSEC and DANE, and they are not/,
      'operator',
    ],
    ['no TLSA records', undefined, /has published no TLSA records/, 'operator'],
    ['unusable TLSA records', undefined, /no TLSA record .* can be used/, 'receiver'],
    ['settings', undefined, /mistake in its settings/, 'operator'],
    ['resolver', undefined, /cannot verify the DNS/, 'operator'],
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
      expect(what).toMatch(/^This relay is told to send mail for example\.org over a secure connection only/);
      expect(what).not.toContain('announced');
      expect(who).toBe('operator');
    },
  );
});

describe('explain(): everything else, by the enhanced code', () => {
  const remote = { host: 'mx.example.org', reply: 'x' };
  it.each([
    ['5.1.1', 'recipient', /no mailbox of this name/],
    ['5.1.10', 'destination', /takes no mail at all/],
    ['5.4.4', 'destination', /no mail host for example\.org/],
    ['5.1.3', 'recipient', /cannot be an address/],
    ['5.2.1', 'recipient', /switched off/],
    ['4.2.2', 'recipient', /is full/],
    ['5.2.2', 'recipient', /is full/],
    ['5.3.4', 'message', /larger than the mail host of example\.org takes/],
    ['4.4.1', 'host', /No connection could be made/],
    ['4.4.2', 'host', /broke off/],
    ['4.4.3', 'destination', /name servers/],
    ['5.4.6', 'host', /would come back to this relay/],
    ['5.6.7', 'host', /letters beyond the English ones/],
    ['5.7.1', 'message', /^The mail host mx\.example\.org, .* rules of its operators/],
    ['4.7.8', 'host', /could not log in/],
    ['5.0.0', 'recipient', /does not accept mail for this address/],
    ['5.0.0', 'message', /which takes mail for example\.org, does not accept the message\./],
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
      'At the moment the message cannot be brought to example.org.',
    );
  });
});
