import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { openLogins } from './logins.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(text: string, mode = 0o600, ...sets: readonly string[]) {
  const file = path.join(directory, 'passwd');
  await writeFile(file, text);
  await chmod(file, mode);
  const lines: string[] = [];
  const all = ['delivery.sasl_auth_enable=true', `delivery.sasl_password_maps=${file}`, ...sets];
  const { delivery } = loadConfig({ env: {}, sets: all });
  const logins = openLogins(delivery, (event) => lines.push(`${event.severity}: ${event.text}`));
  return { logins, lines, file };
}

test('openLogins(): who we are, with the rules of the settings', async () => {
  const { logins, lines } = await open('[mail.test]:587 u:secret\nmx.test v:other\n');
  expect(logins.login('mail.test', '[mail.test]:587')).toMatchObject({
    user: 'u',
    password: 'secret',
    rules: {
      filter: [],
      clear: ['noplaintext', 'noanonymous'],
      tls: ['noplaintext', 'noanonymous'],
      verified: ['noanonymous'],
      softBounce: true,
    },
  });
  expect(logins.login('mx.test', 'x.test')).toMatchObject({ user: 'v' });
  expect(logins.login('mail.test', 'mail.test')).toBeUndefined();
  expect(lines).toEqual([]);
});

test('openLogins(): the id tells logins apart and says nothing about them', async () => {
  const { logins } = await open('a.test u:secret\nb.test u:secret\nc.test u:secret2\n');
  const [a, b, c] = ['a.test', 'b.test', 'c.test'].map((name) => {
    const login = logins.login(name, name);
    return typeof login === 'object' ? login.id : '';
  });
  expect(a).toBe(b);
  expect(a).not.toBe(c);
  expect(a).toMatch(/^[0-9a-f]{64}$/);
  const { logins: others } = await open('a.test u:secret\n');
  expect(others.login('a.test', 'a.test')).not.toMatchObject({ id: a });
});

test('openLogins(): a file that anybody can read, and an entry that makes no sense', async () => {
  const { logins, lines, file } = await open('a.test secret\n', 0o644);
  expect(lines).toEqual([
    `warning: ${file}: anybody on this machine can read the passwords (mode 644)`,
    `warning: ${file}:1: "a.test": not of the form user:password; mail for it waits`,
  ]);
  expect(logins.login('a.test', 'a.test')).toBe('invalid');
  expect((await open('a.test u:p\n', 0o640)).lines).toEqual([]);
});

test('openLogins(): read again; what cannot be read changes nothing', async () => {
  const { logins, file } = await open('a.test u:old\n');
  await writeFile(file, 'a.test u:new\n');
  logins.reload();
  expect(logins.login('a.test', 'a.test')).toMatchObject({ password: 'new' });
  expect(logins.version()).toBe(2);
  await rm(file);
  expect(() => logins.reload()).toThrow(/delivery\.sasl_password_maps: found no such file/);
  expect(logins.login('a.test', 'a.test')).toMatchObject({ password: 'new' });
});

test('openLogins(): switched off, no file is read', async () => {
  const { delivery } = loadConfig({ env: {}, sets: ['delivery.sasl_password_maps=/nowhere'] });
  const logins = openLogins(delivery, () => undefined);
  expect(logins.login('a.test', 'a.test')).toBeUndefined();
  const on = { ...delivery, saslAuthEnable: true };
  expect(() => openLogins(on, () => undefined)).toThrow(ConfigError);
});
