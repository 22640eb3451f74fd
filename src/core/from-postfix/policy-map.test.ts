import { describe, expect, test } from 'vitest';
import { fileOf, importText, untakenOf, valuesOf } from '../../../test/support/import-kit.ts';
import { securityLevels } from '../levels/levels.ts';
import { lookupPolicy, parsePolicyMap } from '../tls-policy/policy-map.ts';
import { nobody } from './tls-parameters.ts';

const digest = 'ab'.repeat(32);
const tables = 'smtp_tls_policy_maps = hash:/policy\n';

function importPolicies(policy: string, main = '', files: Readonly<Record<string, string>> = {}) {
  const imported = importText(`${tables}${main}`, { files: { '/policy': policy, ...files } });
  const text = fileOf(imported, 'tls.policy_maps') ?? '';
  const context = {
    fingerprints: { digest: 'sha256', values: [digest] },
    readFile: () => ({ problem: 'none' }),
  } as const;
  return { imported, text, map: parsePolicyMap(text, 'tls_policy', context) };
}

/** How a destination can be named, and a next hop that it is found under. */
const keys = [
  ['example.org', 'example.org'],
  ['EXAMPLE.org', 'example.org'],
  ['.example.org', 'sub.example.org'],
  ['[mail.example.org]', '[mail.example.org]'],
  ['[mail.example.org]:587', '[mail.example.org]:587'],
  ['example.org:587', 'example.org:587'],
  ['[192.0.2.1]', '[192.0.2.1]'],
  ['[192.0.2.1]:25', '[192.0.2.1]:25'],
] as const;

/** Attributes, with the levels at which Postfix takes them. */
const attributes = [
  ['', [...securityLevels]],
  ['ciphers=high', [...securityLevels]],
  ['protocols=>=TLSv1.2', [...securityLevels]],
  ['protocols=!SSLv3:!TLSv1 ciphers=high exclude=aNULL', [...securityLevels]],
  ['servername=hostname', [...securityLevels]],
  ['connection_reuse=no, enable_rpk=yes', [...securityLevels]],
  ['{ protocols = >=TLSv1.2, !TLSv1.3 }', [...securityLevels]],
  ['match=nexthop:.example.org', ['none', 'verify', 'secure']],
  ['match=hostname match=other.example', ['none', 'verify', 'secure']],
  [`match=${digest}`, ['none', 'fingerprint']],
  ['bogus=1', ['none']],
  ['ciphers=', ['none']],
  ['ciphers=high ciphers=high', ['none']],
  ['match=', ['none']],
] as const;

const cross = securityLevels.flatMap((level) => attributes.map(([words, at]) => [level, words, at] as const));

describe('each level with each attribute', () => {
  test.each(cross)('%s %s', (level, words, at) => {
    const main = `smtp_tls_fingerprint_cert_match = ${digest}\ncompatibility_level = 3.6\n`;
    for (const [key, nextHop] of keys) {
      const { map } = importPolicies(`${key} ${level} ${words}\n`, main);
      const entry = lookupPolicy(map, nextHop);
      expect(map.problems, key).toEqual([]);
      const isGood = (at as readonly string[]).includes(level);
      if (isGood) expect(entry, key).toMatchObject({ kind: 'level', level });
      else {
        // Postfix defers it; nobody shows this name.
        expect(entry, key).toMatchObject({ kind: 'level', level: 'secure', match: [nobody] });
      }
      expect(lookupPolicy(map, 'unrelated.example')).toBeUndefined();
    }
  });
});

describe('takePolicyMap()', () => {
  test('takes an entry as it is, attributes and all', () => {
    const policy = `a.example secure match=nexthop:.b.example
  tafile=/ta.pem
b.example none ciphers=high
`;
    const { text, imported } = importPolicies(policy, '', { '/ta.pem': 'x' });
    expect(text).toBe(`# /policy:1: no trust anchors, or one that cannot be read, in file: /ta.pem
a.example secure match=${nobody}
b.example none
`);
    expect(untakenOf(imported)).toContainEqual(
      expect.stringMatching(/^effect: smtp_tls_policy_maps: \/policy:1, a\.example/),
    );
  });

  test('attributes for plugins of MTA-STS add nothing to the level', () => {
    const { text } = importPolicies(
      'a.example secure match=mx.a.example servername=hostname policy_type=sts { policy_string = version: STSv1 } mx_host_pattern=*.a.example policy_ttl=86400\n',
    );
    expect(text).toBe('a.example secure match=mx.a.example servername=hostname\n');
  });

  test('names that are never looked up are left out, and never lower what is there', () => {
    const { text, imported } = importPolicies('a.example. none\nA.example encrypt\nnot/a/name may\n');
    expect(text).toBe('A.example encrypt\n');
    expect(untakenOf(imported)).toContainEqual(
      expect.stringContaining('/policy:1, a.example.: a name with a dot at its end'),
    );
  });

  test('a table that cannot be read may have asked for more: that is said loudly', () => {
    const imported = importText('smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:postfix\n');
    expect(untakenOf(imported)).toContainEqual(
      expect.stringMatching(/^protection: smtp_tls_policy_maps: socketmap:/),
    );
  });

  test.each(securityLevels)('static:%s takes the place of the general level', (level) => {
    const main = `smtp_tls_security_level = may\nsmtp_tls_fingerprint_cert_match = ${digest}\ncompatibility_level = 3.6\n`;
    const imported = importText(`${main}smtp_tls_policy_maps = hash:/policy, static:${level}\n`, {
      files: { '/policy': 'a.example dane-only\n.b.example none\n' },
    });
    expect(valuesOf(imported)['tls.level']).toBe(level);
    // `.b.example` is never asked for, because the static table knows x.b.example first.
    expect(fileOf(imported, 'tls.policy_maps')).toBe('a.example dane-only\n');
  });

  test('a static: policy that cannot be read lets no mail out', () => {
    const imported = importText('smtp_tls_policy_maps = static:bogus\n');
    expect(valuesOf(imported)).toMatchObject({ 'tls.level': 'secure', 'tls.secure_cert_match': [nobody] });
  });
});

describe('smtp_tls_per_site', () => {
  const entryOf = (general: string, word: string) => {
    const main = `${general}smtp_tls_per_site = hash:/sites\n`;
    const imported = importText(main, { files: { '/sites': `a.example ${word}\n` } });
    return fileOf(imported, 'tls.policy_maps') ?? '';
  };

  test.each([
    ['', 'NONE', 'a.example none\n'],
    ['', 'MAY', 'a.example may\n'],
    ['', 'MUST_NOPEERMATCH', 'a.example encrypt\n'],
    ['', 'MUST', 'a.example verify\n'],
    ['smtp_use_tls = yes\n', 'NONE', 'a.example none\n'],
    ['smtp_enforce_tls = yes\n', 'NONE', 'a.example none\n'],
    // MAY only raises.
    ['smtp_enforce_tls = yes\n', 'MAY', ''],
    ['smtp_tls_security_level = dane\n', 'MAY', ''],
    ['smtp_tls_security_level = encrypt\n', 'must', 'a.example verify\n'],
    ['smtp_tls_security_level = verify\n', 'MUST_NOPEERMATCH', 'a.example encrypt\n'],
  ])('with %j, %s', (general, word, wanted) => {
    expect(entryOf(general, word)).toBe(wanted);
  });

  test('an unknown word lets no mail out', () => {
    expect(entryOf('', 'PERHAPS')).toContain(`a.example secure match=${nobody}`);
  });

  test('counts only without smtp_tls_policy_maps', () => {
    const main = 'smtp_tls_per_site = hash:/sites\nsmtp_tls_policy_maps = hash:/policy\n';
    const imported = importText(main, {
      files: { '/sites': 'a.example NONE\n', '/policy': 'b.example encrypt\n' },
    });
    expect(fileOf(imported, 'tls.policy_maps')).toBe('b.example encrypt\n');
  });

  test('says that names of mail hosts no longer count', () => {
    const imported = importText('smtp_tls_per_site = hash:/s\n', { files: { '/s': 'mx.a.example MUST\n' } });
    expect(untakenOf(imported)).toContainEqual(
      expect.stringMatching(/^protection: smtp_tls_per_site: entries count for next hops alone/),
    );
  });
});
