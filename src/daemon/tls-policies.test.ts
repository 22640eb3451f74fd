import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthority, pemOf } from '../../test/support/test-ca.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import { createExceptions } from '../core/tls-policy/exceptions.ts';
import { openTlsPolicies, type TlsPolicies } from './tls-policies.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function put(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

const lines: string[] = [];

async function open(...sets: readonly string[]): Promise<TlsPolicies> {
  lines.length = 0;
  const { tls } = loadConfig({ env: {}, sets });
  return openTlsPolicies(tls, ({ text }) => lines.push(text));
}

const authority = pemOf(makeAuthority('CA').der);

describe('openTlsPolicies()', () => {
  test('without files all destinations are as the settings say', async () => {
    const policies = await open(
      'tls.level=encrypt',
      'tls.mandatory_protocols=>=TLSv1.3',
      'tls.exclude_ciphers=A',
    );
    expect(policies.policy('x.test')).toEqual({
      kind: 'level',
      level: 'encrypt',
      general: true,
      mtaSts: 'enforce',
    });
    expect(policies.wantsDane()).toBe(false);
    expect(policies.settings()).toMatchObject({
      opportunistic: { versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], exclude: ['A'] },
      mandatory: { versions: ['TLSv1.3'], exclude: ['A'] },
      authorities: { count: 0 },
      namesTrusted: false,
    });
    expect(lines).toEqual([]);
  });

  test.each([
    ['dane', 'testing', 'testing'],
    ['may', 'off', 'off'],
    ['encrypt', 'enforce', 'enforce'],
    ['dane-only', 'enforce', undefined],
    ['secure', 'enforce', undefined],
  ])('tls.level %s, tls.mta_sts %s: %s', async (level, wish, expected) => {
    const file = await put('entries', 'a.test may\nb.test dane mta_sts=off\n');
    const policies = await open(`tls.level=${level}`, `tls.mta_sts=${wish}`, `tls.policy_maps=${file}`);
    const [one, a, b] = ['x.test', 'a.test', 'b.test'].map((name) => policies.policy(name));
    expect(one).toEqual({
      kind: 'level',
      level,
      general: true,
      ...(expected !== undefined && { mtaSts: expected }),
    });
    expect(a).toEqual({ kind: 'level', level: 'may' });
    expect(b).toEqual({ kind: 'level', level: 'dane', mtaSts: 'off' });
    expect(policies.settings().mtaSts).toBe(wish);
  });

  test('the authorities of MTA-STS are those of its file, whatever others are named', async () => {
    const pem = pemOf(makeAuthority('Own').der);
    const file = await put('sts-ca', pem);
    const policies = await open(`tls.mta_sts_ca_file=${file}`);
    expect(policies.settings().stsAuthorities().count).toBe(1);
    expect(policies.settings()).toMatchObject({ authorities: { count: 0 }, namesTrusted: false });
  });

  test('exclusions for levels above may come on top of those for all', async () => {
    const policies = await open('tls.exclude_ciphers=A', 'tls.mandatory_exclude_ciphers=B');
    expect(policies.settings()).toMatchObject({
      opportunistic: { exclude: ['A'] },
      mandatory: { exclude: ['A', 'B'] },
    });
  });

  test('the rule of a policy: the setting, or the line of the map and its key as written', async () => {
    const file = await put('rules', '# a comment\n.Example.org encrypt\n[mx.test]:587\n  secure\n*  may\n');
    const policies = await open(`tls.policy_maps=${file}`, 'tls.level=dane');
    const rules = ['a.b.example.org', 'example.org', '[mx.test]:587', 'x.test'].map((nextHop) => {
      const { entry, origin } = policies.ruleOf(nextHop);
      expect(entry).toBe(policies.policy(nextHop));
      return [nextHop, origin];
    });
    expect(rules).toEqual([
      ['a.b.example.org', `${file} line 2, .Example.org`],
      ['example.org', 'tls.level'],
      ['[mx.test]:587', `${file} line 3, [mx.test]:587`],
      ['x.test', 'tls.level'],
    ]);
  });

  test('a map has its entries, and the anchors they name', async () => {
    const anchors = await put('anchors', authority);
    const map = await put('map', `a.test secure tafile=${anchors}\nb.test dane-only\nc.test bogus\n`);
    const policies = await open('tls.level=may', `tls.policy_maps=${map}`);
    expect(policies.policy('a.test')).toMatchObject({
      level: 'secure',
      anchors: [{ usage: 2 }, { usage: 3 }],
    });
    expect(policies.policy('c.test')).toMatchObject({ kind: 'invalid' });
    expect(policies.wantsDane()).toBe(true);
    expect(lines).toEqual([`${map}:3: next-hop destination "c.test": invalid security level "bogus"`]);
    // Nobody is judged by the authorities of the system, and so they are not read.
    expect(policies.settings().authorities.count).toBe(0);
  });

  test('authorities are those of tls.CAfile, and the log speaks of them', async () => {
    const policies = await open(`tls.CAfile=${await put('CA', authority)}`);
    expect(policies.settings()).toMatchObject({ authorities: { count: 1 }, namesTrusted: true });
  });

  test.each([
    ['a map', 'tls.policy_maps', undefined, /gone: tls\.policy_maps: found no such file/],
    ['authorities', 'tls.CAfile', undefined, /gone: tls\.CAfile: found no such file/],
    ['authorities', 'tls.CAfile', 'no PEM', /tls\.CAfile: found no certificate in it/],
  ])('%s that cannot be read: no start', async (_, key, text, message) => {
    const file = text === undefined ? path.join(directory, 'gone') : await put('broken', text);
    const opened = open(`${key}=${file}`);
    await expect(opened).rejects.toThrow(ConfigError);
    await expect(opened).rejects.toThrow(message);
  });
});

describe('exceptions', () => {
  const start = 1_000_000_000;
  const one = (name: string, level: 'may' | 'dane-only'): PolicyException => ({
    name,
    level,
    until: start + 1_000,
    reason: 'renewal',
    setAt: start,
    by: 'uid 0',
  });

  async function world(...names: readonly (readonly [string, 'may' | 'dane-only'])[]) {
    const clock = { now: start };
    const exceptions = createExceptions(() => clock.now);
    const file = await put(
      'excepted',
      'x.test secure\n.y.test encrypt\nsub.y.test verify\nbad.test strange\n',
    );
    const { tls } = loadConfig({ env: {}, sets: ['tls.level=encrypt', `tls.policy_maps=${file}`] });
    const policies = openTlsPolicies(tls, () => {}, exceptions);
    exceptions.replace(names.map(([name, level]) => one(name, level)));
    const levelOf = (nextHop: string): string => {
      const entry = policies.policy(nextHop);
      return entry.kind === 'level' ? entry.level : entry.kind;
    };
    return { clock, policies, levelOf, file };
  }

  test('stand before the policy map and the level for all, and say where the level comes from', async () => {
    const { policies, levelOf } = await world(
      ['x.test', 'may'],
      ['z.test', 'dane-only'],
      ['bad.test', 'may'],
    );
    expect(['X.test', 'z.test', 'bad.test', 'other.test'].map(levelOf)).toEqual([
      'may',
      'dane-only',
      'may',
      'encrypt',
    ]);
    expect(policies.ruleOf('x.test').origin).toBe('exception until 1970-01-12T13:46:41Z (renewal)');
    expect(policies.ruleOf('other.test').origin).toBe('tls.level');
    expect(policies.wantsDane()).toBe(true);
  });

  test('of a parent domain stand before its entry, and behind an entry that is nearer', async () => {
    const { levelOf } = await world(['.y.test', 'may']);
    expect(['a.y.test', 'sub.y.test', 'a.sub.y.test', 'y.test'].map(levelOf)).toEqual([
      'may',
      'verify',
      'may',
      'encrypt',
    ]);
  });

  test('are gone at their date, with another version', async () => {
    const { clock, policies, levelOf, file } = await world(['x.test', 'may'], ['z.test', 'dane-only']);
    const before = policies.version();
    clock.now += 1_000;
    expect(['x.test', 'z.test'].map(levelOf)).toEqual(['secure', 'encrypt']);
    expect(policies.ruleOf('x.test').origin).toBe(`${file} line 1, x.test`);
    expect(policies.version()).not.toBe(before);
    expect(policies.wantsDane()).toBe(false);
  });
});

describe('reload()', () => {
  test('takes what the files say now', async () => {
    const map = await put('map', 'a.test may\n');
    const policies = await open(`tls.policy_maps=${map}`);
    await put('map', 'a.test encrypt\nb.test may\n');
    const before = policies.version();
    policies.reload();
    expect(policies.policy('a.test')).toMatchObject({ level: 'encrypt' });
    expect(policies.version()).toBeGreaterThan(before);
    expect(lines).toEqual([`${map}: 2 policy entries`]);
  });

  test('does not wait for a FIFO in the place of a file', async () => {
    const map = await put('map', 'a.test encrypt\n');
    const policies = await open(`tls.policy_maps=${map}`);
    await rm(map);
    execFileSync('mkfifo', [map]);
    try {
      expect(() => policies.reload()).toThrow('found a FIFO (named pipe), wanted a policy map to read');
    } finally {
      await rm(map);
    }
    expect(policies.policy('a.test')).toMatchObject({ level: 'encrypt' });
    expect(lines).toEqual([]);
  });

  test('with a file that cannot be read all stays as it was', async () => {
    const map = await put('map', 'a.test encrypt\n');
    const authorities = await put('CA', authority);
    const policies = await open(`tls.policy_maps=${map}`, `tls.CAfile=${authorities}`);
    await put('map', 'a.test may\n');
    await put('CA', 'nothing');
    const before = policies.version();
    expect(() => policies.reload()).toThrow('tls.CAfile: found no certificate in it');
    expect(policies.policy('a.test')).toMatchObject({ level: 'encrypt' });
    expect(policies.settings().authorities.count).toBe(1);
    expect(policies.version()).toBe(before);
    expect(lines).toEqual([]);
  });
});
