import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newKey, writeKeys } from '../../test/support/dkim-keys.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import {
  checkKeysCommand,
  createKeysCommand,
  showKeysCommand,
  type DkimTools,
  type NewKeys,
} from './dkim-commands.ts';

let directory: string;
let printed: string[];
let warned: string[];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'dane-relay-cli-')), 'dkim');
  printed = [];
  warned = [];
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const tools = (json = false): DkimTools => ({
  sources: { directory, isNamed: true, keyTable: '', subdomains: true, defaultDomain: '' },
  json,
  print: (line) => printed.push(line),
  warn: (text) => warned.push(text),
});
const wanted = (changed: Partial<NewKeys> = {}): NewKeys => ({
  domains: ['Example.ORG'],
  algorithm: 'both',
  now: Date.UTC(2026, 10, 29),
  ...changed,
});
const at = (name: string): string => join(directory, 'example.org', name);

describe('dkim create', () => {
  test('makes two keys of the day that nobody else can read, and prints their records', async () => {
    expect(await createKeysCommand(wanted(), tools())).toBe('done');
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of ['20261129-rsa.private', '20261129-ed25519.private'])
      expect((await stat(at(name))).mode & 0o777).toBe(0o600);
    const text = printed.join('\n');
    expect(text).toMatch(
      /^20261129-ed25519\._domainkey\.example\.org\. IN TXT "v=DKIM1; k=ed25519; p=[\w+/]{43}="$/m,
    );
    expect(text).toMatch(/^20261129-rsa\._domainkey\.example\.org\. IN TXT \($/m);
    expect(text).toMatch(/^; {3}value {2}v=DKIM1; k=rsa; p=[\w+/]{390}[\w+/=]{2}$/m);
  });

  test('writes over nothing, and makes nothing then', async () => {
    await mkdir(join(directory, 'example.org'), { recursive: true });
    await writeFile(at('s-ed25519.private'), 'mine');
    expect(await createKeysCommand(wanted({ selector: 's' }), tools())).toBe('later');
    expect(warned).toEqual([
      `${at('s-ed25519.private')} is there already: choose another selector than s-ed25519`,
    ]);
    expect(await readFile(at('s-ed25519.private'), 'utf8')).toBe('mine');
    await expect(stat(at('s-rsa.private'))).rejects.toThrow();
  });

  test('makes one key, of the name that it is told', async () => {
    await createKeysCommand(wanted({ selector: 'MAIL', algorithm: 'ed25519' }), tools(true));
    expect(printed.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        domain: 'example.org',
        selector: 'mail',
        algorithm: 'ed25519-sha256',
        name: 'mail._domainkey.example.org',
        type: 'TXT',
        file: at('mail.private'),
      },
    ]);
  });

  test('of an international domain', async () => {
    await createKeysCommand(wanted({ domains: ['m\u00fcller.example'], algorithm: 'ed25519' }), tools(true));
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ domain: 'xn--mller-kva.example' });
  });

  test.each([
    [{ domains: ['localhost'] }, '"localhost" is not the name of a domain.'],
    [{ domains: ['../x.test'] }, '"../x.test" is not the name of a domain.'],
    [{ selector: '../x' }, '--selector is a name of letters, digits and hyphens, not "../x".'],
  ])('%j is refused', async (changed, message) => {
    await expect(createKeysCommand(wanted(changed), tools())).rejects.toThrow(message);
  });
});

describe('dkim show', () => {
  test('shows what there is, and what is not as it must be', async () => {
    await writeKeys(directory, 'example.org', { a: newKey('ed25519') });
    await writeKeys(directory, 'example.net', { b: newKey('ed25519') });
    expect(await showKeysCommand([], tools(true))).toBe('done');
    expect(printed).toHaveLength(2);
    expect(await showKeysCommand(['example.org'], tools(true))).toBe('done');
    expect(printed).toHaveLength(3);
    expect(await showKeysCommand(['other.test'], tools())).toBe('wrong');
    await chmod(at('a.private'), 0o644);
    await writeFile(at('c.private'), 'no key');
    expect(await showKeysCommand([], tools())).toBe('wrong');
    expect(warned).toEqual([
      'there is no key of other.test',
      `${at('c.private')}: found no private key in PEM without a password; mail is signed without it`,
      `warning: ${at('a.private')}: anybody on this machine can read the key (mode 644)`,
    ]);
  });
});

describe('dkim check', () => {
  const name = 'a._domainkey.example.org';
  const conclusive = { secure: true, name, aliases: [], ttl: 60 };
  const answering =
    (answer: Answer<string>): Lookup =>
    async () =>
      answer as never;

  async function checked(answer: Answer<string>): Promise<{ readonly end: string; readonly found: object }> {
    const end = await checkKeysCommand([], answering(answer), tools(true));
    return { end, found: JSON.parse(printed.at(-1) ?? '{}') as object };
  }

  test('says what the DNS has, and how it ends', async () => {
    const records = await writeKeys(directory, 'example.org', { a: newKey('ed25519') });
    const found = (...texts: string[]): Answer<string> => ({ kind: 'found', records: texts, ...conclusive });
    const right = records[name] ?? '';
    expect(await checked(found(right))).toMatchObject({
      end: 'done',
      found: { state: 'published', domain: 'example.org', selector: 'a', name },
    });
    for (const [answer, state] of [
      [found('v=DKIM1; k=ed25519; p=AAAA'), 'other key'],
      [found('v=DKIM1; k=ed25519; p='), 'revoked'],
      [found(right.replace('ed25519', 'rsa')), 'other type'],
      [found(`${right}; t=y`), 'testing'],
      [found(right, right), 'several'],
      [{ kind: 'absent', denial: 'NXDOMAIN', ...conclusive }, 'missing'],
    ] as const)
      expect(await checked(answer)).toMatchObject({ end: 'wrong', found: { state } });
    const failed = { kind: 'failed', cause: 'timeout', detail: 'no reply' } as const;
    expect(await checked(failed)).toMatchObject({
      end: 'later',
      found: { state: 'unknown', text: 'could not be looked up: no reply' },
    });
  });

  test('shows where an alias led to', async () => {
    const records = await writeKeys(directory, 'example.org', { a: newKey('ed25519') });
    const alias = { ...conclusive, name: 'a.provider.test', aliases: [name] };
    const answer: Answer<string> = { kind: 'found', records: [records[name] ?? ''], ...alias };
    expect(await checkKeysCommand([], answering(answer), tools())).toBe('done');
    expect(printed).toEqual([`${name}: published (at a.provider.test)`]);
  });

  test('of nothing is wrong', async () => {
    await mkdir(directory);
    expect(
      await checkKeysCommand([], answering({ kind: 'failed', cause: 'timeout', detail: '' }), tools()),
    ).toBe('wrong');
    expect(warned).toEqual([`there is no key in ${directory}`]);
  });
});
