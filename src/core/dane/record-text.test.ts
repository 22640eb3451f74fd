import { expect, test } from 'vitest';
import {
  genericLine,
  nsupdateLine,
  ownerOf,
  pdnsutilCommand,
  powerDnsPatch,
  rdataText,
  zoneLine,
} from './record-text.ts';

const data = Buffer.from('0DBCF0552962E1377162D78B13FEB5DA9E518BA837B693C8B07C5224CFBF1A4B', 'hex');
const record = { usage: 3, selector: 1, matching: 1, data };
const hex = '0dbcf0552962e1377162d78b13feb5da9e518ba837b693c8b07c5224cfbf1a4b';
const owner = ownerOf('mx1.good.example', 25);
const placed = { owner, record };

test('ownerOf()', () => {
  expect(owner).toBe('_25._tcp.mx1.good.example');
  expect(ownerOf('mx1.good.example.', 465)).toBe('_465._tcp.mx1.good.example');
});

test('rdataText() shows long data whole', () => {
  expect(rdataText(record)).toBe(`3 1 1 ${hex}`);
  expect(rdataText({ ...record, matching: 0, data: Buffer.alloc(5000, 0xab) })).toBe(
    `3 1 0 ${'ab'.repeat(5000)}`,
  );
});

test('zoneLine()', () => {
  expect(zoneLine(placed)).toBe(`_25._tcp.mx1.good.example. IN TLSA 3 1 1 ${hex}`);
  expect(zoneLine({ ...placed, ttl: 600 })).toBe(`_25._tcp.mx1.good.example. 600 IN TLSA 3 1 1 ${hex}`);
});

test('genericLine() counts the octets of all', () => {
  expect(genericLine(placed)).toBe(`_25._tcp.mx1.good.example. IN TYPE52 \\# 35 030101${hex}`);
  expect(genericLine({ ...placed, ttl: 600 })).toBe(
    `_25._tcp.mx1.good.example. 600 IN TYPE52 \\# 35 030101${hex}`,
  );
});

test('pdnsutilCommand() names the record as the zone does', () => {
  expect(pdnsutilCommand(placed, 'good.example')).toBe(
    `pdnsutil add-record good.example _25._tcp.mx1 TLSA "3 1 1 ${hex}"`,
  );
  expect(pdnsutilCommand({ ...placed, ttl: 600 }, 'mx1.good.example')).toBe(
    `pdnsutil add-record mx1.good.example _25._tcp TLSA 600 "3 1 1 ${hex}"`,
  );
});

test('powerDnsPatch() replaces what the name has', () => {
  const rrset = {
    name: '_25._tcp.mx1.good.example.',
    type: 'TLSA',
    ttl: 3600,
    changetype: 'REPLACE',
    records: [{ content: `3 1 1 ${hex}`, disabled: false }],
  };
  expect(JSON.parse(powerDnsPatch(owner, [record]))).toEqual({ rrsets: [rrset] });
  expect(JSON.parse(powerDnsPatch(owner, [record], 60))).toEqual({ rrsets: [{ ...rrset, ttl: 60 }] });
});

test('nsupdateLine()', () => {
  expect(nsupdateLine({ ...placed, ttl: 60 })).toBe(`update add ${owner}. 60 TLSA 3 1 1 ${hex}`);
  expect(nsupdateLine(placed)).toBe(`update add ${owner}. 3600 TLSA 3 1 1 ${hex}`);
});
