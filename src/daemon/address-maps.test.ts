import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { openAddressMaps } from './address-maps.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'address-maps-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('both tables are in force, and are read again together', () => {
  const senderCanonicalMaps = file('canonical', 'root it@example.org\n');
  const virtualAliasMaps = file('virtual', 'all@example.org a@example.org, b@example.org\n');
  const events: LogEvent[] = [];
  const maps = openAddressMaps({ senderCanonicalMaps, virtualAliasMaps }, 'relay.example', (event) =>
    events.push(event),
  );
  expect(maps.canonicalSender?.('root@relay.example')).toBe('it@example.org');
  expect(maps.expand('all@example.org')).toEqual(['a@example.org', 'b@example.org']);
  file('virtual', 'all@example.org c@example.org\nwrong@\n');
  maps.reload();
  expect(maps.expand('all@example.org')).toEqual(['c@example.org']);
  expect(events.map(({ severity, text }) => [severity, text])).toEqual([
    ['info', `${senderCanonicalMaps}: 1 address entries`],
    ['warning', `${virtualAliasMaps}:2: "wrong@": no user@domain, user or @domain: it is not used`],
    ['info', `${virtualAliasMaps}: 1 address entries`],
  ]);
});

test('without files every address is itself', () => {
  const maps = openAddressMaps({ senderCanonicalMaps: '', virtualAliasMaps: '' }, 'relay.example', () => {});
  maps.reload();
  expect([maps.canonicalSender, maps.expand('a@b.example')]).toEqual([undefined, ['a@b.example']]);
});

test('a file that is not there is a mistake in the settings', () => {
  const virtualAliasMaps = join(directory, 'none');
  expect(() => openAddressMaps({ senderCanonicalMaps: '', virtualAliasMaps }, 'x.example', () => {})).toThrow(
    ConfigError,
  );
});
