import { expect, test } from 'vitest';
import { parseDnssecProbe } from './dnssec-probe.ts';

test.each([
  ['ns:.', { type: 'NS', name: '.' }],
  ['SOA:Com.', { type: 'SOA', name: 'com' }],
  ['tlsa:_25._tcp.mx.example.org', { type: 'TLSA', name: '_25._tcp.mx.example.org' }],
  ['ns', undefined],
  [':.', undefined],
  ['ns:', undefined],
  ['any:.', undefined],
  ['ns:..', undefined],
  ['', undefined],
  ['constructor:.', undefined],
  ['ns:a b', undefined],
])('parseDnssecProbe(): %s', (text, probe) => {
  expect(parseDnssecProbe(text)).toEqual(probe);
});
