import { expect, test } from 'vitest';
import { environmentName, isSection, isSettingKey, settingKeys, settingOf } from './settings.ts';

test('settings: sections are not interrupted, so that each has one header', () => {
  const sections = settingKeys.map((key) => (key.includes('.') ? key.slice(0, key.indexOf('.')) : ''));
  const headers = sections.filter((name, index) => name !== sections[index - 1]);
  expect(headers).toEqual([
    '',
    'intake',
    'http',
    'redis',
    'dns',
    'tls',
    'delivery',
    'dkim',
    'queue',
    'tlsrpt',
    'history',
    'receipts',
    'log',
    'status',
  ]);
});

test.each(settingKeys)('settings: %s is a key a TOML file can hold bare, documented in a sentence', (key) => {
  expect(key).toMatch(/^(?:[a-z]+\.)?[A-Za-z_]+$/);
  expect(settingOf(key).doc).toMatch(/^[A-Z].*\.$|^[a-z]+: .*\.$/);
});

test('environmentName(): two settings never share a variable', () => {
  expect(environmentName('delivery.connect_timeout')).toBe('DANE_RELAY_DELIVERY_CONNECT_TIMEOUT');
  expect(new Set(settingKeys.map(environmentName)).size).toBe(settingKeys.length);
});

test('isSettingKey(): knows keys, not what every object has', () => {
  expect([isSettingKey('redis.url'), isSettingKey('redis'), isSettingKey('toString')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('isSection(): knows sections only', () => {
  expect([isSection('redis'), isSection('redis.url'), isSection('hostname'), isSection('')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
