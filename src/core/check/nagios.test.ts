import { describe, expect, test } from 'vitest';
import {
  someAddress,
  someCertificate,
  someHost,
  someRecord,
  someReport,
} from '../../../test/support/check-report.ts';
import { readPluginOutput } from '../../../test/support/plugin-output.ts';
import { pluginResult, pluginTrouble, type DayLimits, type PluginResult } from './nagios.ts';
import type { CheckReport } from './report.ts';

const limits: DayLimits = { warning: 14, critical: 3, always: false };

/** What an independent reader of the plugin grammar makes of it. */
function read({ lines, exitCode }: PluginResult) {
  return readPluginOutput(`${lines.join('\n')}\n`, exitCode);
}

function reportWith(
  changes: Parameters<typeof someAddress>[0],
  verdict: CheckReport['verdict'] = 'protected',
) {
  return someReport({ verdict, hosts: [someHost(someAddress({ ...changes, verdict }))] });
}

/** Authenticated by a trust anchor. */
function anchored(notAfter: string): CheckReport {
  const { tlsa, session } = someAddress();
  if (tlsa.kind !== 'records' || session === undefined) throw new Error('no records');
  return reportWith({
    tlsa: { ...tlsa, records: [someRecord({ usage: 2, matches: [1] })] },
    session: { ...session, chain: [someCertificate(), someCertificate({ depth: 1, notAfter })] },
  });
}

test('pluginResult(): all is well', () => {
  const output = read(pluginResult(someReport(), limits));
  expect(output).toMatchObject({
    status: 'OK',
    text: 'example.org: 1/1 addresses match, certificate 61 days',
  });
  expect(output.data).toEqual([
    { label: 'addresses', value: 1, unit: '', warning: '', critical: '' },
    { label: 'failing', value: 0, unit: '', warning: '0', critical: '0' },
    { label: 'days', value: 61, unit: '', warning: '', critical: '' },
    { label: 'time', value: 0.31, unit: 's', warning: '', critical: '' },
  ]);
});

test.each([
  ['fails', 'CRITICAL'],
  ['unknown', 'UNKNOWN'],
  ['unprotected', 'WARNING'],
] as const)('pluginResult(): %s is %s', (verdict, status) => {
  const output = read(pluginResult(reportWith({ reason: 'so it is' }, verdict), limits));
  expect(output).toMatchObject({ status, text: 'mx.example.org[192.0.2.25]: so it is' });
});

describe('pluginResult(): days of certificates', () => {
  test.each([
    ['2027-03-01T00:00:00.000Z', 'OK'],
    ['2026-12-10T00:00:00.000Z', 'WARNING'],
    ['2026-12-01T00:00:00.000Z', 'CRITICAL'],
  ])('under usage 2 those of the chain count: %s', (notAfter, status) => {
    expect(read(pluginResult(anchored(notAfter), limits)).status).toBe(status);
  });

  test('under usage 3 they do not, unless somebody asks', () => {
    const { session } = someAddress();
    if (session === undefined) throw new Error('no session');
    const old = reportWith({
      session: { ...session, chain: [someCertificate({ notAfter: '2026-11-01T00:00:00.000Z' })] },
    });
    expect(read(pluginResult(old, limits)).status).toBe('OK');
    const asked = read(pluginResult(old, { ...limits, always: true }));
    expect(asked).toMatchObject({ status: 'CRITICAL', text: expect.stringContaining('certificate expired') });
    expect(asked.data).toContainEqual({
      label: 'days',
      value: -29,
      unit: '',
      warning: '14:',
      critical: '3:',
    });
  });
});

test('pluginResult(): text of others ends neither the line nor the text, and is not long', () => {
  const reason = `a|b\n\u001b[2Jgr\u00fc\u00dfe ${'x'.repeat(5_000)}`;
  const output = read(pluginResult(reportWith({ reason }, 'fails'), limits));
  expect(output.text).toMatch(/^mx\.example\.org\[192\.0\.2\.25\]: a\/b \?\[2Jgr\?\?e x+$/);
  expect(output.more.every((line) => line.length <= 1_000)).toBe(true);
});

test('pluginResult(): where nobody could be asked', () => {
  const nobody = { hosts: [], delivery: [], verdict: 'unknown' } as const;
  const resolver = { validates: false, name: '127.0.0.1:53', reason: 'no AD' };
  expect(read(pluginResult(someReport({ ...nobody, resolver }), limits)).text).toBe(
    'resolver 127.0.0.1:53 does not validate DNSSEC',
  );
  const trouble = { outcome: 'bounced', dsn: '5.1.10', reason: 'no mail here' } as const;
  expect(read(pluginResult(someReport({ ...nobody, trouble }), limits))).toMatchObject({
    status: 'UNKNOWN',
    text: 'example.org: no mail here',
  });
});

test('pluginTrouble()', () => {
  expect(read(pluginTrouble('settings: a|b', 0.5))).toMatchObject({
    status: 'UNKNOWN',
    text: 'settings: a/b',
  });
});
