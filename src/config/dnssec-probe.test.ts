import { expect, test } from 'vitest';
import { parseDnssecProbe } from './dnssec-probe.ts';

test.each([
  ['ns:.', { type: 'NS', name: '.' }],
  ['SOA:Example.ORG.', { type: 'SOA', name: 'example.org' }],
])('parseDnssecProbe(): %s', (text, probe) => {
  expect(parseDnssecProbe(text)).toEqual(probe);
});

test.each(['', 'ns', 'ns:', ':.', 'ns:a b', 'axfr:.', 'constructor:.', 'ns:..'])(
  'parseDnssecProbe(): %j is none',
  (text) => {
    expect(parseDnssecProbe(text)).toBeUndefined();
  },
);
