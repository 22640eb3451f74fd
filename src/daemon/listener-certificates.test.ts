import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  keyPemOf,
  day,
  ecKeys,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
} from '../../test/support/test-ca.ts';
import type { ListenerSettings } from '../config/listener-tables.ts';
import { loadConfig } from '../config/load.ts';
import { openListenerCertificates, type ListenerCertificates } from './listener-certificates.ts';

const ca = makeAuthority('ca');
let directory = '';
let lines: string[] = [];
let at = now;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'listener-certificates-'));
  lines = [];
  at = now;
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);

/** Writes a certificate with its key, as a renewal does: under another name first. */
function write(file: string, names: readonly string[], endsAt = now + 90 * day, keys = ecKeys()): void {
  const { der } = makeCertificate({ names, notAfter: endsAt, keys }, ca);
  const key = keyPemOf({ keys });
  writeFileSync(path('new'), pemOf(der) + key);
  renameSync(path('new'), path(file));
}

function open(more: Partial<ListenerSettings> = {}): ListenerCertificates {
  const sets = [
    `listener=[{ address = "127.0.0.1:1", name = "mx", tls = "starttls", certificate = "${path('a')}" }]`,
  ];
  const [settings] = loadConfig({ env: {}, sets }).listeners;
  if (settings === undefined) throw new Error('no listener');
  return openListenerCertificates(
    { ...settings, ...more },
    (event) => lines.push(`${event.severity}: ${event.text.replaceAll(directory, '')}`),
    () => at,
  );
}

const shown = (certificates: ListenerCertificates): readonly string[] | undefined =>
  certificates.identity()?.certificates.flatMap(({ names }) => names);

test('a certificate is read, and again when its file changes', () => {
  write('a', ['relay.example', 'localhost']);
  const certificates = open();
  expect(shown(certificates)).toEqual(['relay.example', 'localhost']);
  certificates.refresh();
  write('a', ['new.example']);
  certificates.refresh();
  expect(shown(certificates)).toEqual(['new.example']);
  expect(lines).toEqual([
    'info: listener mx: /a read: for relay.example, localhost, until 2027-02-19 00:00:00 UTC',
    'info: listener mx: /a read again: for new.example, until 2027-02-19 00:00:00 UTC',
  ]);
  expect([certificates.problems(), certificates.ends()]).toEqual([
    [],
    [{ file: path('a'), notAfter: now + 90 * day }],
  ]);
});

test('a link that leads elsewhere is a change', () => {
  write('one', ['one.example']);
  write('two', ['two.example']);
  symlinkSync('one', path('a'));
  const certificates = open();
  symlinkSync('two', path('new'));
  renameSync(path('new'), path('a'));
  certificates.refresh();
  expect(shown(certificates)).toEqual(['two.example']);
});

test('a new file that cannot be used leaves the old one in use, and is told of once', () => {
  write('a', ['relay.example']);
  const certificates = open();
  writeFileSync(path('a'), 'nothing');
  certificates.refresh();
  certificates.refresh();
  expect(shown(certificates)).toEqual(['relay.example']);
  expect(lines.slice(1)).toEqual([
    'warning: listener mx: /a: no certificate in it: the old one stays in use',
  ]);
  expect(certificates.problems()).toEqual([`${path('a')}: no certificate in it`]);
  write('a', ['new.example']);
  certificates.refresh();
  expect([shown(certificates), certificates.problems()]).toEqual([['new.example'], []]);
});

test('without a file there is no TLS until there is one', () => {
  const certificates = open();
  expect(certificates.identity()).toBeUndefined();
  expect(lines).toEqual(['warning: listener mx: /a: /a: no such file or directory: there is no TLS with it']);
  write('a', ['relay.example']);
  certificates.refresh();
  expect(shown(certificates)).toEqual(['relay.example']);
});

test('a key of somebody else', () => {
  write('a', ['relay.example']);
  write('b', ['relay.example']);
  open({ certificates: [{ certificate: path('a'), key: path('b') }] });
  expect(lines).toEqual([
    'warning: listener mx: /a: the key is not that of the certificate: there is no TLS with it',
  ]);
});

test('SIGHUP reads what has not changed as well', () => {
  write('a', ['relay.example']);
  open().refresh(true);
  expect(lines).toHaveLength(2);
});

test.each([
  ['starttls', false, 'STARTTLS is not offered', undefined],
  ['starttls', true, 'STARTTLS is refused for the moment (454)', undefined],
  ['implicit', false, 'it is shown all the same', ['relay.example']],
] as const)('the end of a certificate: %s, required %s', (tls, tlsRequired, words, after) => {
  write('a', ['relay.example'], now + 20 * day);
  const certificates = open({ tls, tlsRequired });
  for (const days of [0, 5, 7, 8, 20, 21]) {
    at = now + days * day;
    certificates.refresh();
  }
  expect(lines.slice(1)).toEqual([
    'warning: listener mx: /a expires at 2026-12-11 00:00:00 UTC',
    `warning: listener mx: /a has expired: ${words}`,
  ]);
  expect(shown(certificates)).toEqual(after);
  expect(certificates.problems()).toEqual([`${path('a')}: expired`]);
});

test('of several, those that can be used are shown', () => {
  write('a', ['old.example'], now + day);
  write('b', ['relay.example']);
  const files = ['a', 'b', 'c'].map((name) => ({ certificate: path(name), key: path(name) }));
  const certificates = open({ certificates: files });
  expect(shown(certificates)).toEqual(['old.example', 'relay.example']);
  at = now + 2 * day;
  expect(shown(certificates)).toEqual(['relay.example']);
});
