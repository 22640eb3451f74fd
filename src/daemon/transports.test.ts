import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import { openTransports } from './transports.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(text: string | undefined, relayhost = '', wrappermode = false) {
  const file = path.join(directory, 'transport');
  if (text !== undefined) await writeFile(file, text);
  const lines: string[] = [];
  const settings = { relayhost, fallbackRelay: '', transportMaps: text === undefined ? '' : file };
  const transports = openTransports(settings, wrappermode, (event) =>
    lines.push(`${event.severity}: ${event.text}`),
  );
  return { transports, lines, file };
}

test('openTransports(): without a table what follows the @, or the relayhost', async () => {
  const { transports } = await open(undefined);
  expect(['a@Example.org', 'b@[192.0.2.1]'].map(transports.nextHopOf)).toEqual([
    'example.org',
    '[192.0.2.1]',
  ]);
  const { transports: relayed } = await open(undefined, '[mail.test]:587');
  expect(relayed.nextHopOf('a@example.org')).toBe('[mail.test]:587');
  expect([relayed.namedIn('[mail.test]:587'), relayed.namedIn('example.org')]).toEqual([
    'relayhost',
    undefined,
  ]);
});

test('openTransports(): the table, its problems, and who named a next hop', async () => {
  const { transports, lines, file } = await open('a.test smtp:[b.test]\nc.test uucp:x\nd.test smtp:\n');
  expect(transports.nextHopOf('x@a.test')).toBe('[b.test]');
  expect(transports.namedIn('[b.test]')).toBe('transport_maps');
  expect(transports.namedIn('d.test')).toBeUndefined();
  expect(lines).toEqual([
    expect.stringMatching(`^warning: ${file}:2: "c\\.test": unknown mail transport "uucp"`),
  ]);
});

test('openTransports(): the rule of a next hop', async () => {
  const table = '# here\na.test smtp:[b.test]\n.c.test :\n* relay:[d.test]\nu@x.test smtp:\n';
  const { transports, file } = await open(table, '[hub.test]');
  const rules = ['x@a.test', 'x@b.c.test', 'y@e.test', 'U@X.test'].map(transports.ruleOf);
  expect(rules).toEqual([
    { nextHop: '[b.test]', origin: `${file} line 2, a.test` },
    { nextHop: '[hub.test]', origin: 'delivery.relayhost' },
    { nextHop: '[d.test]', origin: `${file} line 4, *` },
    { nextHop: 'x.test', origin: `${file} line 5, u@x.test` },
  ]);
  const { transports: without } = await open(undefined);
  expect(without.ruleOf('x@A.test')).toEqual({ nextHop: 'a.test', origin: 'the domain of the recipient' });
});

test('openTransports(): read again; what cannot be read changes nothing', async () => {
  const { transports, lines, file } = await open('a.test smtp:[b.test]\n');
  await writeFile(file, 'a.test smtp:[c.test]\n');
  transports.reload();
  expect(transports.nextHopOf('x@a.test')).toBe('[c.test]');
  expect(transports.version()).toBe(2);
  expect(lines).toEqual([`info: ${file}: 1 transport entries`]);
  await rm(file);
  expect(() => transports.reload()).toThrow(/delivery\.transport_maps: found no such file/);
  expect(transports.nextHopOf('x@a.test')).toBe('[c.test]');
  expect(transports.version()).toBe(2);
  expect(lines).toHaveLength(1);
});

test('openTransports(): a table that is not there at start', async () => {
  const settings = { relayhost: '', fallbackRelay: '', transportMaps: path.join(directory, 'nowhere') };
  expect(() => openTransports(settings, false, () => undefined)).toThrow(ConfigError);
});

test('openTransports(): port 465 without wrapper mode is told', async () => {
  const text = 'a.test smtp:[b.test]:465\nc.test smtps:[d.test]:465\ne.test smtp:[f.test]:587\n';
  const told = (nextHop: string): string =>
    `warning: ${nextHop}: port 465 is for TLS from the first octet, smtps: or tls.wrappermode = true is meant`;
  expect((await open(text, '[r.test]:smtps')).lines).toEqual(['[r.test]:smtps', '[b.test]:465'].map(told));
  expect((await open(text, '[r.test]:smtps', true)).lines).toEqual([]);
});
