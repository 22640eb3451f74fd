import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../test/lab/certificates.ts';
import type { UsableHost } from './host-policy.ts';
import type { EffectiveLevel } from './levels.ts';
import { judge } from './judge.ts';

const now = Date.now();
const { der } = await makeCertificate({ commonName: 'mx.example.org' });
const spki = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
const good = createHash('sha256').update(spki).digest();
const bad = Buffer.from(good).fill(0, 0, 1);
bad[0] = (good[0] ?? 0) ^ 1;

function policy(level: EffectiveLevel, data: Uint8Array): UsableHost {
  const tlsa = [{ usage: 3, selector: 1, matching: 1, data }];
  return { kind: 'use', level, tlsa, referenceNames: ['mx.example.org'], warnings: [], key: '' };
}

describe('judge()', () => {
  it.each([
    ['dane', 'Verified'],
    ['dane-only', 'Verified'],
    ['half-dane', 'Trusted'],
    ['may', 'Untrusted'],
    ['encrypt', 'Untrusted'],
  ] as const)('a match at %s is %s', (level, word) => {
    expect(judge([der], policy(level, good), now)).toEqual({ word, ok: true });
  });

  it.each(['dane', 'dane-only', 'half-dane'] as const)(
    'a mismatch at %s is Untrusted and stops the mail',
    (level) => {
      expect(judge([der], policy(level, bad), now)).toMatchObject({
        word: 'Untrusted',
        ok: false,
        detail: 'num=65:no matching DANE TLSA records',
      });
    },
  );

  it('a server without a certificate is Anonymous, and nothing at a DANE level', () => {
    expect(judge([], policy('may', good), now)).toEqual({ word: 'Anonymous', ok: true });
    expect(judge([], policy('dane', good), now)).toMatchObject({ word: 'Anonymous', ok: false });
  });
});
