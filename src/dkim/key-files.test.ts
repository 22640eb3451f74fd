import { chmod, mkdtemp, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newKey, writeKeys } from '../../test/support/dkim-keys.ts';
import { readKeys } from './key-files.ts';
import type { KeySources } from './key-sources.ts';
import { openKeyRing } from './key-ring.ts';
import { stampOf } from './stamp.ts';

let root: string;
let directory: string;
const ed25519 = newKey('ed25519');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dane-relay-keys-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(root, 'd'));
});

const sources = (changed: Partial<KeySources> = {}): KeySources => ({
  directory,
  isNamed: true,
  keyTable: '',
  subdomains: true,
  defaultDomain: '',
  ...changed,
});
const shown = (keys: readonly { readonly domain: string; readonly selector: string }[] = []) =>
  keys.map(({ domain, selector }) => `${selector}@${domain}`);

describe('a directory of keys', () => {
  test('has them by domain and selector; other files are no keys', async () => {
    await writeKeys(directory, 'example.org', { b: ed25519, a: newKey('rsa') });
    await writeKeys(directory, 'M\u00fcller.example', { c: ed25519 });
    await writeFile(join(directory, 'example.org', 'a.txt'), 'a record');
    await writeFile(join(directory, 'README'), 'none');
    await mkdir(join(directory, '.git'));
    await symlink(join(directory, 'example.org'), join(directory, 'alias.test'));
    const { entries, problems, doubts, keys } = await readKeys(sources());
    expect([problems, doubts]).toEqual([[], []]);
    expect(shown(entries.get('example.org'))).toEqual(['a@example.org', 'b@example.org']);
    expect(shown(entries.get('.example.org'))).toEqual(['a@example.org', 'b@example.org']);
    expect(shown(entries.get('xn--mller-kva.example'))).toEqual(['c@xn--mller-kva.example']);
    expect(shown(entries.get('alias.test'))).toEqual(['a@alias.test', 'b@alias.test']);
    expect(keys).toHaveLength(5);
    expect((await readKeys(sources({ subdomains: false }))).entries.has('.example.org')).toBe(false);
  });

  test('may have broken ones: mail is signed with the others, and without any', async () => {
    await writeKeys(directory, 'example.org', { good: ed25519, weak: newKey('rsa', 1024) });
    const at = (name: string): string => join(directory, 'example.org', name);
    await writeFile(at('bad.private'), 'nothing');
    await writeFile(at('-x.private'), ed25519);
    await mkdir(at('dir.private'));
    await chmod(at('good.private'), 0o644);
    const { entries, problems, doubts } = await readKeys(sources());
    expect(shown(entries.get('example.org'))).toEqual(['good@example.org', 'weak@example.org']);
    expect(problems).toEqual([
      `${at('-x.private')}: the name of the file is no selector; mail is signed without it`,
      `${at('bad.private')}: found no private key in PEM without a password; mail is signed without it`,
      `${at('dir.private')}: found a directory; mail is signed without it`,
    ]);
    expect(doubts).toEqual([
      `${at('good.private')}: anybody on this machine can read the key (mode 644)`,
      `${at('weak.private')}: an RSA key of 1024 bits: 2048 are due`,
    ]);
    await rm(at('good.private'));
    await rm(at('weak.private'));
    expect((await readKeys(sources())).entries.get('example.org')).toEqual([]);
  });

  test('that cannot be read is an error of the settings', async () => {
    await expect(readKeys(sources({ directory: join(directory, 'none') }))).rejects.toThrow(
      /dkim\.directory.*no such file or directory/s,
    );
  });

  test('has keys for all others in the default domain', async () => {
    await writeKeys(directory, 'example.org', { a: ed25519 });
    const { entries, problems } = await readKeys(sources({ defaultDomain: 'example.org' }));
    expect([shown(entries.get('*')), problems]).toEqual([['a@example.org'], []]);
    const none = await readKeys(sources({ defaultDomain: 'other.test' }));
    expect(none.problems).toEqual(['dkim.default_domain: there is no key of other.test']);
  });
});

describe('a key table', () => {
  test('names keys anywhere, and comes before the directory', async () => {
    await writeKeys(directory, 'example.org', { a: ed25519 });
    const keyTable = join(directory, 'table');
    await writeFile(join(directory, 'other.key'), newKey('rsa'), { mode: 0o600 });
    await writeFile(
      keyTable,
      `example.org example.net:x:other.key\n*  example.net:x:${join(directory, 'other.key')}\nbad bad\n`,
    );
    const { entries, problems, keys } = await readKeys(sources({ keyTable }));
    expect(shown(entries.get('example.org'))).toEqual(['x@example.net']);
    expect(shown(entries.get('.example.org'))).toEqual(['a@example.org']);
    expect(shown(entries.get('*'))).toEqual(['x@example.net']);
    expect(keys).toHaveLength(2);
    expect(problems).toEqual([`${keyTable}:3: "bad" is no domain, no .domain and not *`]);
  });

  test('that cannot be read is an error of the settings', async () => {
    await expect(readKeys(sources({ keyTable: join(directory, 'none') }))).rejects.toThrow(/dkim\.key_table/);
  });
});

describe('keys in use', () => {
  test('are read again when a file has changed, and a broken file takes none away', async () => {
    await writeKeys(directory, 'example.org', { a: ed25519 });
    const lines: string[] = [];
    const ring = await openKeyRing(sources(), ({ severity, text }) => lines.push(`${severity}: ${text}`));
    expect(lines).toEqual([]);
    await ring.look();
    expect(lines).toEqual([]);

    const file = join(directory, 'example.org', 'a.private');
    await writeFile(file, 'half');
    await ring.look();
    expect(shown(ring.keysFor('example.org'))).toEqual(['a@example.org']);
    const problem = `${file}: found no private key in PEM without a password; the key that was in it stays in use`;
    expect(ring.problems()).toEqual([problem]);
    expect(lines.splice(0)).toEqual([`warning: ${problem}`, 'info: DKIM: 1 keys of 1 domains']);

    await rm(join(directory, 'example.org'), { recursive: true });
    await writeKeys(directory, 'example.net', { b: ed25519, c: ed25519 });
    await ring.look();
    expect(shown(ring.keysFor('example.org'))).toEqual([]);
    expect(shown(ring.keysFor('x.example.net'))).toEqual(['b@example.net', 'c@example.net']);
    expect(lines.splice(0)).toEqual(['info: DKIM: 2 keys of 1 domains']);
  });

  test('stay when their directory cannot be read, which is said once', async () => {
    await writeKeys(directory, 'example.org', { a: ed25519 });
    const lines: string[] = [];
    const ring = await openKeyRing(sources(), ({ severity, text }) => lines.push(`${severity}: ${text}`));
    await rm(directory, { recursive: true });
    await ring.look();
    await ring.look();
    expect(lines).toEqual([
      expect.stringMatching(/^error: not read again, the keys stay as they were: .*directory/s),
    ]);
    expect(shown(ring.keysFor('example.org'))).toEqual(['a@example.org']);
    await expect(ring.reload()).rejects.toThrow(/no such file/);
  });

  test('come and go with a directory that nobody has named', async () => {
    const place = { ...sources(), directory: join(directory, 'dkim'), isNamed: false };
    const ring = await openKeyRing(place, () => {});
    expect([ring.isUsed(), ring.keysFor('example.org')]).toEqual([false, []]);
    await writeKeys(place.directory, 'example.org', { a: ed25519 });
    await ring.look();
    expect([ring.isUsed(), shown(ring.keysFor('example.org'))]).toEqual([true, ['a@example.org']]);
    await rm(place.directory, { recursive: true });
    await ring.look();
    expect(ring.isUsed()).toBe(false);
  });
});

test('the stamp of files is another one for every change that can matter', async () => {
  await writeKeys(directory, 'example.org', { a: ed25519 });
  const keyTable = join(directory, 'table');
  const stamps = new Set<string>();
  const count = async (): Promise<number> => stamps.add(await stampOf(sources({ keyTable }))).size;
  expect(await count()).toBe(1);
  expect(await count()).toBe(1);
  await writeFile(keyTable, 'example.org example.net:x:other.key\n');
  expect(await count()).toBe(2);
  await writeFile(join(directory, 'other.key'), 'x');
  expect(await count()).toBe(3);
  await chmod(join(directory, 'other.key'), 0o600);
  expect(await count()).toBe(4);
  await writeKeys(directory, 'example.org', { b: ed25519 });
  expect(await count()).toBe(5);
  await rm(join(directory, 'example.org', 'a.private'));
  expect(await count()).toBe(6);
});
