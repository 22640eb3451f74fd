import { expect, test } from 'vitest';
import { someAddress, someHost, someReport } from '../../../test/support/check-report.ts';
import type { CheckReport, ShownDelivery } from './report.ts';
import { deliveryText, summaryOf } from './summary.ts';

const [delivered] = someReport().delivery;
if (delivered === undefined) throw new Error('no delivery');
const waits: ShownDelivery = { ...delivered, outcome: 'deferred', dsn: '4.7.5', reason: 'why' };

function two(verdict: CheckReport['verdict'], first = verdict) {
  return [
    someHost(someAddress({ verdict: first })),
    { ...someHost(someAddress({ verdict, address: '192.0.2.26' })), name: 'mx2.example.org' },
  ];
}

test.each<[string, Partial<CheckReport>, string]>([
  [
    'protected',
    {},
    'protected by DANE. Mail at level dane is delivered, authenticated. 1 of 1 hosts, 1 of 1 addresses pass.',
  ],
  [
    'all fail',
    { verdict: 'fails', hosts: two('fails'), delivery: [waits] },
    'DANE fails. Mail at level dane would wait: 4.7.5 why. 2 of 2 addresses fail.',
  ],
  [
    'the second fails',
    { verdict: 'fails', hosts: two('fails', 'protected') },
    'DANE fails. Mail at level dane is delivered through mx.example.org[192.0.2.25]:25, authenticated; it would wait if that host were down. 1 of 2 addresses fail.',
  ],
  [
    'not protected',
    {
      verdict: 'unprotected',
      hosts: [someHost(someAddress({ verdict: 'unprotected' }))],
      delivery: [{ ...delivered, word: 'Untrusted' }],
    },
    'not protected by DANE. Mail at level dane is delivered, encrypted, not authenticated. 1 of 1 addresses can be impersonated.',
  ],
  [
    'a family that cannot be looked up',
    {
      verdict: 'unknown',
      hosts: [{ ...someHost(someAddress()), problem: 'its AAAA records cannot be looked up' }],
    },
    'cannot be judged as a whole. Mail at level dane is delivered, authenticated. The addresses of 1 of 1 hosts are not all known.',
  ],
  [
    'no mail there',
    {
      verdict: 'unknown',
      hosts: [],
      trouble: { outcome: 'bounced', dsn: '5.1.10', reason: 'null MX' },
    },
    'there is no host to ask, and mail is returned: 5.1.10 null MX.',
  ],
  [
    'no resolver',
    { verdict: 'unknown', hosts: [], resolver: { validates: false, name: 'r', reason: 'no AD' } },
    'not known. At the levels dane and dane-only the relay keeps such mail waiting; it does not fall back.',
  ],
])('summaryOf(): %s', (_, changes, words) => {
  expect(summaryOf(someReport(changes))).toBe(`example.org: ${words}`);
});

test.each<[Partial<ShownDelivery>, string]>([
  [
    { inClearAfter: 300, outcome: 'deferred', dsn: '4.7.5', reason: 'why' },
    'would wait: 4.7.5 why; after 300 s it goes in clear.',
  ],
  [{ outcome: 'bounced', dsn: '5.4.4', reason: 'why' }, 'would be returned: 5.4.4 why.'],
  [{ word: 'Anonymous' }, 'is delivered, encrypted, not authenticated.'],
])('deliveryText(): %j', (changes, words) => {
  expect(deliveryText({ ...delivered, ...changes }, [])).toBe(`Mail at level dane ${words}`);
});

test('deliveryText(): in clear', () => {
  const { word: _, ...clear } = delivered;
  expect(deliveryText({ ...clear, level: 'none' }, [])).toBe('Mail at level none is delivered, in clear.');
});
