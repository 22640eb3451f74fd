import { describe, expect, test } from 'vitest';
import {
  makeAuthority,
  makeCertificate,
  now,
  tlsaFor,
  type TestCertificate,
} from '../../../test/support/test-ca.ts';
import { makeDice } from '../../../test/support/dice.ts';
import { rdataText } from '../dane/record-text.ts';
import { proveReceipt } from './prove-receipt.ts';
import { readReceipt } from './read-receipt.ts';
import type { Receipt, ReceiptAnswer, ReceiptJudgement } from './receipt.ts';
import { receiptLine } from './summary.ts';

const root = makeAuthority('Root');
const leaf = makeCertificate({ names: ['mx.example.test'] }, root);
const other = makeCertificate({ names: ['mx.example.test'] }, root);
const at = new Date(now).toISOString();
const byLeaf = rdataText(tlsaFor(leaf, '3 1 1'));
const byRoot = rdataText(tlsaFor(root, '2 0 1'));

function answer(name: string, type: ReceiptAnswer['type'], ...records: readonly string[]): ReceiptAnswer {
  return { name, type, at, kind: 'found', ad: true, ttl: 300, records };
}

const mx = answer('example.test', 'MX', '10 mx.example.test');
const address = answer('mx.example.test', 'A', '192.0.2.25');
const tlsa = (...records: readonly string[]): ReceiptAnswer =>
  answer('_25._tcp.mx.example.test', 'TLSA', ...records);
const encoded = (...chain: readonly TestCertificate[]): readonly string[] =>
  chain.map(({ der }) => Buffer.from(der).toString('base64'));

const sound: ReceiptJudgement = {
  at,
  level: 'dane',
  chain: encoded(leaf, root),
  records: [byLeaf],
  names: ['mx.example.test', 'example.test'],
  matched: { record: byLeaf, depth: 0 },
};

function receipt(
  judgement: Partial<ReceiptJudgement> = {},
  answers: readonly ReceiptAnswer[] = [mx, address, tlsa(byLeaf)],
): Receipt {
  return {
    schema: 1,
    issuer: 'relay.test',
    message: { queueId: 'Q', messageId: '<1@x.test>', sender: 'a@x.test', arrivedAt: at, size: 1 },
    recipient: 'user@Example.test',
    outcome: { state: 'delivered', at, dsn: '2.0.0', reply: '250 2.0.0 Ok', attempts: 1 },
    session: {
      host: 'mx.example.test',
      address: '192.0.2.25',
      port: 25,
      tls: { word: 'Verified', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] },
      judgement: { ...sound, ...judgement },
    },
    answers,
  };
}

function withWord(word: 'Untrusted'): Receipt {
  const { session, ...rest } = receipt();
  return { ...rest, session: { ...session!, tls: { ...session!.tls!, word } } };
}

const daneTa = {
  records: [byRoot],
  matched: { record: byRoot, depth: 1, peerName: 'mx.example.test' },
} as const;

describe('proveReceipt(): what follows', () => {
  test('3 1 1, next hop the domain of the recipient', async () => {
    expect(await proveReceipt(receipt())).toEqual({
      kind: 'proved',
      nextHop: 'example.test',
      mx: 'secure',
      isOwn: true,
    });
  });

  test('2 0 1 with the name of the host', async () => {
    expect((await proveReceipt(receipt(daneTa, [mx, address, tlsa(byRoot)]))).kind).toBe('proved');
  });

  test('records that cannot be used do not count', async () => {
    expect((await proveReceipt(receipt({}, [mx, address, tlsa(byLeaf, '1 1 1 00')]))).kind).toBe('proved');
  });

  test('a next hop that settings name is told as such', async () => {
    const { answers: _, ...rest } = receipt({ names: ['mx.example.test'] });
    const proof = await proveReceipt({ ...rest, answers: [address, tlsa(byLeaf)] });
    expect(proof).toMatchObject({ kind: 'proved', nextHop: 'mx.example.test', isOwn: false });
  });

  test('a host with the name of the domain is its own next hop only by what the domain says', async () => {
    const given = { ...receipt({ names: ['mx.example.test'] }), recipient: 'user@mx.example.test' };
    const rest = [address, tlsa(byLeaf)];
    const none = { ...mx, name: 'mx.example.test', kind: 'absent', records: [], detail: 'NODATA' } as const;
    const own = { ...none, kind: 'found', records: ['10 mx.example.test'] } as const;
    const isOwn = async (...answers: readonly ReceiptAnswer[]): Promise<unknown> => {
      const proof = await proveReceipt({ ...given, answers: [...answers, ...rest] });
      return proof.kind === 'proved' ? proof.isOwn : proof.kind;
    };
    expect(await isOwn(none)).toBe(true);
    expect(await isOwn(own)).toBe(true);
    // Nobody has asked for its MX records: settings name the host.
    expect(await isOwn()).toBe(false);
    for (const records of [['10 mx.other.test'], ['0 .']])
      expect(await isOwn({ ...own, records })).toBe('refuted');
    expect(await isOwn({ ...none, kind: 'failed' })).toBe('refuted');
    // The last one counted.
    expect(await isOwn(own, { ...own, records: ['10 mx.other.test'] })).toBe('refuted');
  });

  test('of two records that match the first one is told, whatever order a later answer has', async () => {
    const whole = rdataText(tlsaFor(leaf, '3 0 1'));
    const given = receipt({ records: [byLeaf, whole] }, [mx, address, tlsa(whole, byLeaf)]);
    expect(await proveReceipt(given)).toMatchObject({ kind: 'proved' });
  });

  test('with the digests that counted then', async () => {
    const by512 = rdataText(tlsaFor(leaf, '3 1 2'));
    const both = [mx, address, tlsa(by512, byLeaf)];
    const verdict = async (digests: readonly string[]): Promise<string> => {
      const matched = { record: byLeaf, depth: 0 };
      return (await proveReceipt(receipt({ digests, records: [by512, byLeaf], matched }, both))).kind;
    };
    expect(await verdict(['sha256', 'sha512'])).toBe('proved');
    expect(await verdict(['sha512', 'sha256'])).toBe('refuted');
    expect(await verdict(['sha1'])).toBe('refuted');
    expect(await verdict([])).toBe('refuted');
  });

  test('of many domains that lead to the host the last ones are tried', async () => {
    const proved = async (others: number): Promise<string> => {
      const more = Array.from({ length: others }, (_, at) => ({ ...mx, name: `other${at}.test` }));
      const names = ['mx.example.test', 'example.test'];
      return (await proveReceipt(receipt({ names }, [mx, ...more, address, tlsa(byLeaf)]))).kind;
    };
    expect(await proved(7)).toBe('proved');
    expect(await proved(8)).toBe('refuted');
  });

  test('the domain of the recipient in its other form', async () => {
    const idn = 'xn--exmple-cua.test';
    const names = ['mx.example.test', idn];
    const given = receipt({ names }, [{ ...mx, name: idn }, address, tlsa(byLeaf)]);
    expect(await proveReceipt({ ...given, recipient: 'user@Exämple.test' })).toMatchObject({ isOwn: true });
  });

  test('unsigned MX records prove the host alone', async () => {
    const given = receipt({ level: 'half-dane', names: ['mx.example.test'] }, [
      { ...mx, ad: false },
      address,
      tlsa(byLeaf),
    ]);
    expect(await proveReceipt(given)).toMatchObject({ kind: 'proved', mx: 'insecure' });
  });
});

describe('proveReceipt(): what does not follow', () => {
  test.each<readonly [string, Receipt, RegExp]>([
    ['another certificate', receipt({ chain: encoded(other, root) }), /does not match/],
    ['no certificate', receipt({ chain: [] }), /does not match: no certificate/],
    ['no certificate but noise', receipt({ chain: ['AAAA', '!'] }), /does not match/],
    ['a record that the answer lacks', receipt({ records: [byLeaf, byRoot] }), /not the usable ones/],
    ['an answer with a further record', receipt({}, [mx, address, tlsa(byLeaf, byRoot)]), /not the usable/],
    ['TLSA not signed', receipt({}, [mx, address, { ...tlsa(byLeaf), ad: false }]), /no signed TLSA/],
    ['address not signed', receipt({}, [mx, { ...address, ad: false }, tlsa(byLeaf)]), /no signed TLSA/],
    ['MX not signed', receipt({}, [{ ...mx, ad: false }, address, tlsa(byLeaf)]), /does not fit the MX/],
    ['no TLSA answer', receipt({}, [mx, address]), /no signed TLSA/],
    ['no address answer', receipt({}, [mx, tlsa(byLeaf)]), /no answer has the address/],
    [
      'another address',
      receipt({}, [mx, { ...address, records: ['192.0.2.1'] }, tlsa(byLeaf)]),
      /has the address/,
    ],
    ['another name', receipt({ ...daneTa, names: ['x.test'] }, [mx, address, tlsa(byRoot)]), /names/],
    ['another depth', receipt({ matched: { record: byLeaf, depth: 1 } }), /another record/],
    ['another match', receipt({ matched: { record: byRoot, depth: 0 } }), /another record/],
    ['a match of level may', receipt({ level: 'may' }), /no TLSA record counts/],
    ['a digest nobody knows', receipt({ digests: ['md5'] }), /digests/],
    ['a session that was not verified', withWord('Untrusted'), /not what level dane proves/],
    [
      'another name of the certificate',
      receipt({ ...daneTa, matched: { ...daneTa.matched, peerName: 'x.test' } }, [mx, address, tlsa(byRoot)]),
      /another record/,
    ],
    [
      'very many records',
      receipt({}, [mx, address, tlsa(...Array<string>(201).fill(byLeaf))]),
      /more than 200/,
    ],
    [
      'after the certificate',
      receipt({ ...daneTa, at: '2099-01-01T00:00:00.000Z' }, [mx, address, tlsa(byRoot)]),
      /expired/,
    ],
  ])('%s', async (_, given, why) => {
    const proof = await proveReceipt(given);
    expect(proof).toEqual({ kind: 'refuted', why: expect.stringMatching(why) as string });
  });

  test('what was left out is told', async () => {
    const cut = receipt({}, [mx, address, { ...tlsa(byRoot), recordsLeftOut: 3 }]);
    for (const given of [cut, { ...receipt({}, [mx, address]), answersLeftOut: 2 }])
      expect(await proveReceipt(given)).toMatchObject({
        why: expect.stringMatching(/were left out/) as string,
      });
  });

  test('a match that is left away', async () => {
    const { session, ...rest } = receipt();
    const { matched: _, ...judgement } = sound;
    const proof = await proveReceipt({ ...rest, session: { ...session!, judgement } });
    expect(proof.kind).toBe('refuted');
  });
});

describe('proveReceipt(): nothing is claimed', () => {
  test('no session, clear, another level', async () => {
    const { session, ...rest } = receipt();
    const { tls: _, ...clear } = session!;
    const { matched: __, ...judgement } = { ...sound, level: 'may' as const };
    const cases = [rest, { ...rest, session: clear }, { ...rest, session: { ...session!, judgement } }];
    for (const one of cases) expect((await proveReceipt(one)).kind).toBe('not claimed');
  });
});

describe('readReceipt()', () => {
  test('takes what it wrote', () => {
    const given = receipt();
    expect(readReceipt(JSON.parse(JSON.stringify(given)))).toEqual(given);
  });

  test.each([
    [null],
    ['x'],
    [[]],
    [{ ...receipt(), schema: 2 }],
    [{ ...receipt(), answers: [{ ...mx, type: 'X' }] }],
    [{ ...receipt(), outcome: { state: 'verified' } }],
    [{ ...receipt(), session: { host: 1 } }],
    [{ ...receipt(), recipient: undefined }],
    // Date.parse passes over what is in parentheses.
    [{ ...receipt(), outcome: { ...receipt().outcome, at: '2026-11-30 (; proved: all)' } }],
  ])('refuses %j', (given) => {
    expect(readReceipt(given)).toBeUndefined();
  });
});

/** Everything in a receipt of which the verdict is made. */
const isJudged = /^(?:session|answers|recipient|schema)/;

test('whatever stands in a receipt, it is read and judged, and nothing else is proved', async () => {
  const wrong: readonly unknown[] = [
    null,
    '',
    'x',
    -1,
    2 ** 53,
    0.5,
    true,
    [],
    {},
    [null],
    ['.', '..', '\0', 'a'.repeat(300)],
    '..',
    '0 .',
    '99999 x',
    '3 1 1 ',
    '9 9 9 00',
    '+275760-09-13T00:00:00.000Z',
    'constructor',
    '__proto__',
    '\u2028\u001b[2J',
  ];
  const whole = receipt(daneTa, [mx, address, tlsa(byRoot)]);
  const counts = { read: 0, proved: 0, refuted: 0 };
  for (let seed = 1; seed <= 4_000; seed += 1) {
    const dice = makeDice(seed);
    const given = JSON.parse(JSON.stringify(whole)) as Receipt;
    const changed = dice.some(2, () => {
      const [path, change] = dice.pick(placesOf(given, ''));
      change(dice.pick(wrong));
      return path;
    });
    const read = readReceipt(given);
    if (read === undefined) continue;
    counts.read += 1;
    const proof = await proveReceipt(read);
    expect(receiptLine(read, proof)).toMatch(/^[\x20-\x7e]+$/);
    if (proof.kind === 'refuted') counts.refuted += 1;
    if (proof.kind !== 'proved') continue;
    counts.proved += 1;
    const { session, answers } = read;
    if (changed.every((path) => !isJudged.test(path))) continue;
    // What was changed is then beside the point: records and names count as sets, times and TTLs of answers do not.
    expect({ chain: session?.judgement?.chain, host: session?.host }, String(seed)).toEqual({
      chain: whole.session?.judgement?.chain,
      host: 'mx.example.test',
    });
    expect(
      answers.filter(({ ad }) => ad !== true),
      String(seed),
    ).toEqual([]);
  }
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(200);
});

/** Every member of a value and of what is in it, and how it is changed. */
function placesOf(value: unknown, path: string): [path: string, change: (to: unknown) => void][] {
  if (typeof value !== 'object' || value === null) return [];
  const members = value as Record<string, unknown>;
  return Object.keys(members).flatMap((key) => {
    const here = path === '' ? key : `${path}.${key}`;
    return [[here, (to: unknown) => void (members[key] = to)] as [string, (to: unknown) => void]].concat(
      placesOf(members[key], here),
    );
  });
}

test('receiptLine(): begins with the verdict, whatever an address says', async () => {
  const { session, ...rest } = receipt();
  const { tls: _, judgement: __, ...clear } = session!;
  const forged = { ...rest, session: clear, recipient: '"proved: the chain matches 3 1 1; "@plain.test' };
  const line = receiptLine(forged, await proveReceipt(forged));
  expect(line).toMatch(/^nothing is claimed of DANE: the session was in clear; Q to "proved: /);
});
