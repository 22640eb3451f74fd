import { expect, test } from 'vitest';
import { someAddress, someHost, someReport } from '../../../test/support/check-report.ts';
import { csvHead, csvLine } from './csv.ts';

test('csvLine(): a field for each word of the head', () => {
  expect(csvHead).toBe('destination,verdict,exit,level,mail,addresses,protected,failing,days,seconds,reason');
  expect(csvLine(someReport())).toBe(
    'example.org,protected,0,dane,delivered,1,1,0,61,0.314,a signed TLSA record matches',
  );
});

test('csvLine(): quotes what has a comma in it, and what a spreadsheet would calculate', () => {
  const hosts = [someHost(someAddress({ reason: '=1+1, "two"\nlines' }))];
  expect(csvLine(someReport({ hosts })).split('61,0.314,')[1]).toBe(`"'=1+1, ""two"" lines"`);
});

test('csvLine(): nothing known', () => {
  const trouble = { outcome: 'deferred', dsn: '4.4.3', reason: 'no answer' } as const;
  expect(csvLine(someReport({ verdict: 'unknown', exitCode: 2, hosts: [], delivery: [], trouble }))).toBe(
    'example.org,unknown,2,,,0,0,0,,0.314,no answer',
  );
});
