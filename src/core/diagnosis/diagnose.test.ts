import { describe, expect, it } from 'vitest';
import { mismatch } from '../dane/mismatch.ts';
import type { TlsFault } from '../mail/status.ts';
import { diagnose, type Failure } from './diagnose.ts';

const failed: Failure = { dsn: '4.7.5', reason: 'r', outcome: 'deferred' };

function withFault(fault: Partial<TlsFault> & Pick<TlsFault, 'kind'>) {
  return diagnose(
    { ...failed, tlsFault: { host: 'mx.example.org', level: 'dane', ...fault } },
    'example.org',
  );
}

describe('diagnose(): TLS', () => {
  it('a key without its record', () => {
    const found = withFault({ kind: 'certificate', mismatch: 'no matching record' });
    expect(found).toMatchObject({ kind: 'TLSA mismatch', whose: 'receiver' });
    expect(found.cause).toBe(
      'mx.example.org shows a key that none of its signed TLSA records names. Either somebody is in the middle, or a key was changed without its record.',
    );
    expect(found.advice.join()).toContain('postmaster@example.org');
  });

  it.each([
    ['expired', /has expired/],
    ['name mismatch', /for another name/],
    ['untrusted issuer', /authority that its TLSA records name/],
    ['weak key or digest', /can be forged/],
  ] as const)('certificate: %s', (cause, words) => {
    const found = withFault({ kind: 'certificate', mismatch: mismatch(cause, 0).cause });
    expect(found).toMatchObject({ kind: 'certificate refused', whose: 'receiver' });
    expect(found.cause).toMatch(words);
  });

  it('a certificate at a level that the operator has asked for is ours to decide', () => {
    const found = withFault({ kind: 'certificate', mismatch: 'untrusted issuer', level: 'secure' });
    expect(found).toMatchObject({ kind: 'certificate refused', whose: 'us' });
    expect(found.cause).toBe('mx.example.org shows a certificate that no trusted authority has issued.');
  });

  it.each([
    ['not offered', 'dane', 'STARTTLS missing', 'receiver'],
    ['not offered', 'encrypt', 'STARTTLS missing', 'us'],
    ['refused', 'half-dane', 'STARTTLS refused', 'receiver'],
    ['handshake', 'dane', 'handshake failed', 'receiver'],
    ['TLSA lookup', undefined, 'TLSA lookup failed', 'receiver'],
    ['unsigned', undefined, 'unsigned', 'us'],
    ['no TLSA records', undefined, 'no TLSA records', 'us'],
    ['unusable TLSA records', undefined, 'unusable TLSA records', 'us'],
    ['settings', undefined, 'settings', 'us'],
    ['resolver', undefined, 'resolver', 'us'],
  ] as const)('%s at %s: %s', (kind, level, word, whose) => {
    const found = diagnose(
      { ...failed, tlsFault: { kind, host: 'mx.example.org', ...(level && { level }) } },
      'example.org',
    );
    expect(found).toMatchObject({ kind: word, whose });
    expect(found.advice.length).toBeGreaterThan(0);
  });
});

describe('diagnose(): everything else', () => {
  const host = { host: 'mx.example.org', reply: '450 4.7.1 later' };
  it.each([
    [{ dsn: '4.4.1' }, 'unreachable', 'receiver'],
    [{ dsn: '4.4.2' }, 'connection lost', 'receiver'],
    [{ dsn: '4.4.2', ambiguous: true }, 'in doubt', 'us'],
    [{ dsn: '4.4.3' }, 'DNS failed', 'receiver'],
    [{ dsn: '4.4.3', ours: true }, 'this machine', 'us'],
    [{ dsn: '5.4.4', outcome: 'bounced' }, 'no such host', 'sender'],
    [{ dsn: '5.1.10', outcome: 'bounced' }, 'null MX', 'sender'],
    [{ dsn: '5.4.6', outcome: 'bounced' }, 'loop', 'us'],
    [{ dsn: '5.1.1', outcome: 'bounced', remote: host }, 'no such mailbox', 'sender'],
    [{ dsn: '4.2.2', remote: host }, 'mailbox', 'receiver'],
    [{ dsn: '5.3.4', outcome: 'bounced' }, 'too large', 'sender'],
    [{ dsn: '4.3.5' }, 'settings', 'us'],
    [{ dsn: '4.7.8', remote: host }, 'login refused', 'us'],
    [{ dsn: '4.7.1', remote: host }, 'put off', 'nobody'],
    [{ dsn: '5.7.1', outcome: 'bounced', remote: host }, 'not allowed', 'sender'],
    [{ dsn: '4.0.0', remote: host }, 'put off', 'nobody'],
    [{ dsn: '5.0.0', outcome: 'bounced', remote: host }, 'refused', 'sender'],
    [{ dsn: '4.3.0' }, 'other', 'us'],
  ] as const)('%j', (facts, kind, whose) => {
    expect(diagnose({ ...failed, ...facts }, 'example.org')).toMatchObject({ kind, whose });
  });

  it('what is stored of a failure has no outcome: the code says whether it is final', () => {
    expect(diagnose({ dsn: '5.5.0', reason: 'r', remote: host }, 'example.org').kind).toBe('refused');
  });
});
