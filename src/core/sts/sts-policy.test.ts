import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { storedPolicyText } from './known-policy.ts';
import { matchingPattern, parseStsPolicy } from './sts-policy.ts';

const good = 'version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n';

/** `enforce 86400 mx.example.org`, or why it is no policy. */
function words(text: string | Uint8Array): string {
  const read = parseStsPolicy(typeof text === 'string' ? Buffer.from(text) : text);
  if (read.kind === 'invalid') return read.code;
  const { mode, maxAge, mx } = read.policy;
  return [mode, maxAge, ...mx].join(' ');
}

test.each<[string, string, string]>([
  ['the usual form', good, 'enforce 86400 mx.example.org'],
  ['CRLF', good.replaceAll('\n', '\r\n'), 'enforce 86400 mx.example.org'],
  ['LF and CRLF', good.replace('\n', '\r\n'), 'enforce 86400 mx.example.org'],
  ['without the last line end', good.trimEnd(), 'enforce 86400 mx.example.org'],
  ['blank lines', good.replaceAll('\n', '\n\n'), 'enforce 86400 mx.example.org'],
  ['blanks at the ends', good.replaceAll('\n', ' \t\n'), 'enforce 86400 mx.example.org'],
  ['no blanks', good.replaceAll(': ', ':'), 'enforce 86400 mx.example.org'],
  ['a blank before the colon', good.replace('mode:', 'mode :'), 'malformed-line'],
  ['the mode twice', `${good}mode: none\n`, 'enforce 86400 mx.example.org'],
  ['an unknown key', `${good}x-y.z: a b c\n`, 'enforce 86400 mx.example.org'],
  ['a line without a colon', `${good}hello\n`, 'malformed-line'],
  ['a page', '<!DOCTYPE html>\n<html></html>\n', 'malformed-line'],
  ['no version', good.replace('version: STSv1\n', ''), 'missing-version'],
  ['another version', good.replace('STSv1', 'STSv2'), 'unknown-version'],
  ['the version in other letters', good.replace('STSv1', 'stsv1'), 'unknown-version'],
  ['no mode', good.replace('mode: enforce\n', ''), 'missing-mode'],
  ['an unknown mode', good.replace('enforce', 'report'), 'unknown-mode'],
  ['a mode in capitals', good.replace('enforce', 'Enforce'), 'unknown-mode'],
  ['no max_age', good.replace('max_age: 86400\n', ''), 'missing-max-age'],
  ['max_age 0', good.replace('86400', '0'), 'enforce 0 mx.example.org'],
  ['max_age of a year', good.replace('86400', '31557600'), 'enforce 31557600 mx.example.org'],
  ['max_age of more than a year', good.replace('86400', '31557601'), 'enforce 31557600 mx.example.org'],
  ['max_age of ten digits', good.replace('86400', '9999999999'), 'enforce 31557600 mx.example.org'],
  ['max_age of eleven digits', good.replace('86400', '99999999999'), 'malformed-max-age'],
  ['max_age below 0', good.replace('86400', '-1'), 'malformed-max-age'],
  ['max_age with a unit', good.replace('86400', '1d'), 'malformed-max-age'],
  ['max_age empty', good.replace('86400', ''), 'malformed-max-age'],
  ['no mx', good.replace('mx: mx.example.org\n', ''), 'missing-mx'],
  ['no mx, testing', good.replace('mx: mx.example.org\n', '').replace('enforce', 'testing'), 'missing-mx'],
  ['no mx, none', good.replace('mx: mx.example.org\n', '').replace('enforce', 'none'), 'none 86400'],
  ['MX in capitals is another key', good.replace('mx:', 'MX:'), 'missing-mx'],
  ['several mx', `${good}mx: *.example.net\n`, 'enforce 86400 mx.example.org *.example.net'],
  ['mx in capitals', good.replace('mx.example.org', 'MX.Example.ORG'), 'enforce 86400 mx.example.org'],
  ['mx with a final dot', good.replace('mx.example.org', 'mx.example.org.'), 'enforce 86400 mx.example.org'],
  ['mx with two final dots', good.replace('mx.example.org', 'mx.example.org..'), 'malformed-mx'],
  ['mx: *', good.replace('mx.example.org', '*'), 'malformed-mx'],
  ['mx: *.', good.replace('mx.example.org', '*.'), 'malformed-mx'],
  ['mx: mx*.example.net', good.replace('mx.example.org', 'mx*.example.net'), 'malformed-mx'],
  ['mx: *.*.net', good.replace('mx.example.org', '*.*.net'), 'malformed-mx'],
  ['mx: .example.net', good.replace('mx.example.org', '.example.net'), 'malformed-mx'],
  ['mx as an address', good.replace('mx.example.org', '192.0.2.1'), 'malformed-mx'],
  ['mx as a U-label', good.replace('mx.example.org', 'mx.bücher.example'), 'malformed-mx'],
  ['mx empty', good.replace('mx.example.org', ''), 'malformed-mx'],
  ['a byte order mark', `\ufeff${good}`, 'malformed-text'],
  ['NUL', good.replace('enforce', 'enforce\0'), 'malformed-text'],
  ['nothing', '', 'missing-version'],
  [
    'two hundred patterns',
    good + 'mx: mx.example.net\n'.repeat(199),
    `enforce 86400 mx.example.org${' mx.example.net'.repeat(199)}`,
  ],
  ['more', good + 'mx: mx.example.net\n'.repeat(200), 'too-many-mx'],
  ['long ones', good + `mx: ${'a.'.repeat(120)}net\n`.repeat(40), 'too-many-mx'],
])('parseStsPolicy(): %s', (_, text, expected) => {
  expect(words(text)).toBe(expected);
});

test('octets that are no UTF-8 are no policy', () => {
  expect(words(Buffer.concat([Buffer.from(good), Buffer.of(0xff)]))).toBe('malformed-text');
});

test('the lines are kept as served, without what does not show, of invalid policies too', () => {
  const read = parseStsPolicy(Buffer.from('version: STSv1\r\n\r\nmode: \u001b[31menforce  \nmax_age: 1\n'));
  expect(read).toEqual({
    kind: 'invalid',
    code: 'unknown-mode',
    lines: ['version: STSv1', 'mode: ?[31menforce', 'max_age: 1'],
  });
});

test('64 KiB of any lines are read', () => {
  expect(words('a:\n'.repeat(20_000))).toBe('missing-version');
  expect(words('\n'.repeat(65_536))).toBe('missing-version');
  expect(words(`${' '.repeat(65_000)}:`)).toBe('malformed-line');
});

describe('matchingPattern()', () => {
  test.each<[string, string, boolean]>([
    ['mx.example.org', 'mx.example.org', true],
    ['mx.example.org', 'MX.Example.Org', true],
    ['mx.example.org', 'mx2.example.org', false],
    ['*.example.net', 'mx.example.net', true],
    ['*.example.net', 'example.net', false],
    ['*.example.net', 'a.b.example.net', false],
    // A field case: two labels in place of one.
    ['*.mx.microsoft', 'icewolf-li.h-v1.mx.microsoft', false],
    ['*.example.net', '*.example.net', true],
    ['example.net', 'mx.example.net', false],
    ['*.net', 'example.net', true],
  ])('%s names %s: %s', (pattern, host, expected) => {
    expect(matchingPattern([pattern], host) === pattern).toBe(expected);
  });

  test('a host without a dot matches no wildcard', () => {
    expect(matchingPattern(['*.example.net', '*.net'], 'localhost')).toBeUndefined();
  });
});

test('a policy that is kept does not keep its file', () => {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const long = `x: ${'y'.repeat(60_000)}\n`;
  const before = used();
  const kept = Array.from({ length: 400 }, () =>
    parseStsPolicy(Buffer.from(good.replace('mx: mx', 'mx: a-longer-name-of-a-host') + long)),
  );
  // With their files they have more than 24 MB.
  expect(used() - before).toBeLessThan(8_000_000);
  expect(kept).toHaveLength(400);
});

test.each(['"', '\\', 'é', '\u{1f4e7}', '\u0007', 'y'])(
  'a policy of %j only is stored in less than 20 KiB',
  (character) => {
    const patterns = Array.from({ length: 200 }, (_, nth) => `mx: ${'a'.repeat(36)}${1000 + nth}\n`);
    const lines = Array.from({ length: 60 }, () => `x: ${character.repeat(230)}\n`);
    const head = 'version: STSv1\nmode: enforce\nmax_age: 99999999\n';
    const read = parseStsPolicy(Buffer.from([head, ...lines, ...patterns].join('')));
    if (read.kind === 'invalid') throw new Error(read.code);
    const { policy } = read;
    expect([policy.mx.length, policy.lines.length]).toEqual([200, 50]);
    const known = { policy, id: 'x'.repeat(32), fetchedAt: 1e13, expiresAt: 1e13 };
    const octets = Buffer.byteLength(storedPolicyText(known));
    expect(octets).toBeLessThan(20 * 1024);
    // As much of each line is kept as there is room for.
    expect(octets).toBeGreaterThan(17 * 1024);
  },
);
