import { describe, expect, test } from 'vitest';
import { judgeResolver, type ResolverFacts, type ServerFacts } from './resolver.ts';

const well: ServerFacts = {
  server: '127.0.0.1:53',
  isOwn: false,
  isBelieved: true,
  isLoopback: true,
  probes: [
    { kind: 'validates', what: 'signed' },
    { kind: 'validates', what: 'rejected' },
  ],
  signedMs: 3.4,
  program: { name: 'unbound', validates: 'yes', why: '' },
  rootKeyTags: [20326, 38696],
  sentinel: 'trusted',
};

function found(server: Partial<ServerFacts>, more: Partial<ResolverFacts> = {}): readonly string[] {
  const facts = { servers: [{ ...well, ...server }], leftOut: [], ...more };
  return judgeResolver(facts).map(({ state, id }) => `${state} ${id}`);
}

describe('judgeResolver', () => {
  const validates = 'ok resolver-validates';
  test.each<[string, Partial<ServerFacts>, readonly string[]]>([
    ['is well', {}, [validates, 'ok resolver-root-key']],
    ['tells nothing of its anchor', { sentinel: 'silent' }, [validates]],
    [
      'does not trust the key of 2024',
      { sentinel: 'not trusted' },
      [validates, 'FAIL resolver-root-key-missing'],
    ],
    // A root of one's own need not be trusted with keys of the Internet.
    [
      'has another root',
      { sentinel: 'not trusted', rootKeyTags: [4711] },
      [validates, 'ok resolver-other-root'],
    ],
    ['is Docker', { forwarder: 'Docker' }, [validates, 'FAIL resolver-forwards', 'ok resolver-root-key']],
    [
      'passes on',
      { program: { name: 'dnsmasq', validates: 'no', why: '' } },
      [validates, 'FAIL resolver-forwards', 'ok resolver-root-key'],
    ],
    [
      'is unknown',
      { program: { name: 'node', validates: 'unknown', why: '' } },
      [validates, 'warn resolver-unknown-program', 'ok resolver-root-key'],
    ],
    ['is across a network', { isBelieved: false, isLoopback: false }, ['FAIL resolver-not-believed']],
    [
      'does not validate',
      { probes: [{ kind: 'does not validate', what: '' }] },
      ['FAIL resolver-not-validating'],
    ],
    [
      'vouches for everything',
      { probes: [{ kind: 'signs everything', what: '' }] },
      ['FAIL resolver-vouches-for-unsigned'],
    ],
    [
      'takes what is forged',
      { probes: [{ kind: 'accepts bogus', what: '' }] },
      ['FAIL resolver-accepts-bogus'],
    ],
    ['is silent', { probes: [{ kind: 'does not answer', what: '' }] }, ['FAIL resolver-silent']],
  ])('a server that %s', (_, server, expected) => {
    expect(found(server)).toEqual(expected);
  });

  test('a server that is left out beside one that validates is a warning', () => {
    const bad: ServerFacts = {
      ...well,
      server: '127.0.0.2:53',
      probes: [{ kind: 'does not validate', what: 'no AD' }],
    };
    const [finding] = judgeResolver({ servers: [bad, well], leftOut: [] });
    expect(finding).toMatchObject({ state: 'warn', effect: 'it is left out, mail goes on' });
    expect(found({}, { leftOut: ['192.0.2.53:53'] })).toContain('warn resolver-left-out');
  });

  test.each<[readonly number[], string]>([
    [[20326, 38696], 'ok anchor-root-key'],
    [[38696], 'ok anchor-root-key'],
    [[20326], 'FAIL anchor-root-key-missing'],
    [[4711], 'ok anchor-other-root'],
    [[], 'ok anchor-other-root'],
  ])('an anchor with the keys %j', (tags, expected) => {
    const own = { isOwn: true, sentinel: 'silent' } as const;
    expect(found(own, { anchors: { from: 'FILE', tags, isFixed: true } })).toEqual([validates, expected]);
  });

  test('one that cannot be started says so, and what its anchor lacks', () => {
    const anchors = { from: 'FILE', tags: [20326], isFixed: false };
    const trouble = { kind: 'asks nobody', why: 'nobody can be asked' } as const;
    expect(found({}, { trouble, anchors })).toEqual([
      'FAIL resolver-asks-nobody',
      'FAIL anchor-root-key-missing',
    ]);
    expect(found({}, { trouble: { ...trouble, kind: 'not started' } })).toEqual([
      'FAIL resolver-not-started',
    ]);
  });
});
