import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { citationsIn, citationsUnder, type Citation } from './citations.ts';
import { renderMap, titles } from './render-rfc-map.ts';

const root = path.join(import.meta.dirname, '../..');
const sources = path.join(root, 'src');

/** `file symbol RFC §section: sentence` */
function text({ file, symbol, rfc, section, sentence }: Citation): string {
  return `${file} ${symbol ?? '-'} ${rfc} §${section}: ${sentence}`;
}

describe('citationsIn(): what cites, and what is said', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'a line before a declaration',
      '// RFC 1 §2: so it is.\nexport const a = 1;',
      ['f a 1 §2: RFC 1 §2: so it is.'],
    ],
    [
      'a docstring, one sentence of it',
      '/**\n * First. Why\n * so (RFC 12 §3.4.5). Last.\n */\nexport async function a() {',
      ['f a 12 §3.4.5: Why so (RFC 12 §3.4.5).'],
    ],
    [
      'several sections',
      '/** As RFC 1 §2, §3 and §A.4. */\ntype a = 1;',
      [2, 3, 'A.4'].map((at) => `f a 1 §${at}: As RFC 1 §2, §3 and §A.4.`),
    ],
    ['several RFCs', '/** RFC 1 §2, RFC 3 §4. */\nclass a {', ['f a 1 §2: ', 'f a 3 §4: ']],
    [
      'a line within a function',
      'function a() {\n  b();\n  // RFC 1 §2: no.\n  c();\n}',
      ['f a 1 §2: RFC 1 §2: no.'],
    ],
    ['lines that belong together', 'let a;\n  // One\n  // RFC 1 §2 two.\n', ['f a 1 §2: One RFC 1 §2 two.']],
    ['words behind code', 'const a = {\n  b: 1, // RFC 1 §2\n};', ['f a 1 §2: ']],
    [
      'a member of an interface',
      'export interface A {\n  /** RFC 1 §2: b. */\n  readonly b?: 1;',
      ['f A.b 1 §2: RFC 1 §2: b.'],
    ],
    [
      'a parameter',
      '/**\n * A.\n *\n * @param b by RFC 1 §2\n */\nfunction a(b) {',
      ['f a 1 §2: `b`: by RFC 1 §2'],
    ],
    ['the head of a file', '/** RFC 1 §2 is here. */\n\nexport { a };', ['f - 1 §2: RFC 1 §2 is here.']],
    ['the same twice', 'let a;\n  // RFC 1 §2\n\n  // RFC 1 §2\n', ['f a 1 §2: ']],
    ['an example', '/**\n * ```js\n * // RFC 1 §2\n * ```\n */\nlet a;', []],
    ['a string', 'const a = "https://RFC 1 §2";', []],
    ['no section', '// RFC 1 says\nlet a;', []],
  ])('%s', (_, source, expected) => {
    expect(citationsIn(source, 'f').map(text)).toEqual(expected);
  });
});

describe('renderMap()', () => {
  const cite = (rfc: number, section: string): Citation => ({ rfc, section, file: 'a.ts', sentence: '' });

  test('DANE first, then by number; sections by number', () => {
    const map = renderMap([cite(1035, '10'), cite(7672, '2'), cite(1035, '9'), cite(7671, '1')]);
    expect(map.match(/^#+ RFC .*/gm)).toEqual([
      '## RFC 7672: SMTP Security via Opportunistic DANE TLS',
      '### RFC 7672 §2',
      '## RFC 7671: The DANE Protocol: Updates and Operational Guidance',
      '### RFC 7671 §1',
      '## RFC 1035: Domain Names: Implementation and Specification',
      '### RFC 1035 §9',
      '### RFC 1035 §10',
    ]);
  });

  test('each line once', () => {
    expect(renderMap([cite(1, '2'), cite(1, '2')]).match(/^- .*/gm)).toEqual(['- [a.ts](../src/a.ts)']);
  });
});

describe('docs/rfc-map.md', () => {
  const citations = citationsUnder(sources);

  test('is what npm run docs:rfc-map writes', () => {
    expect(readFileSync(path.join(root, 'docs/rfc-map.md'), 'utf8')).toBe(renderMap(citations));
  });

  test('leaves out no section that a source names', () => {
    const named = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) =>
        [...readFileSync(path.join(sources, file), 'utf8').matchAll(/RFC (\d+) §([\dA-Z]+(?:\.\d+)*)/g)].map(
          ([, rfc, section]) => `${file} ${rfc} §${section}`,
        ),
      );
    const mapped = new Set(citations.map(({ file, rfc, section }) => `${file} ${rfc} §${section}`));
    expect(named.filter((one) => !mapped.has(one))).toEqual([]);
  });

  test('knows the titles of its RFCs', () => {
    expect(citations.filter(({ rfc }) => titles[rfc] === undefined)).toEqual([]);
  });
});
