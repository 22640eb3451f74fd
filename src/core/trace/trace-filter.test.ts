import { expect, test } from 'vitest';
import { readTraceFilter } from './trace-filter.ts';

test.each([
  ['verbose=1', 'unknown parameter'],
  ['address=mx.test', 'address is an IP address'],
  ['domain=', 'domain has 1 to 256 characters'],
  [`recipient=${'x'.repeat(257)}`, 'recipient has 1 to 256 characters'],
  [Array.from({ length: 21 }, () => 'host=a').join('&'), 'more than 20 values of host'],
])('%s is refused', (query, problem) => {
  expect(readTraceFilter(new URLSearchParams(query))).toEqual({ problem: expect.stringContaining(problem) });
});

test('names have one form', () => {
  const query = new URLSearchParams({
    domain: '[BÜCHER.example]:587',
    host: 'MX.Test.',
    address: '2001:DB8:0::1',
  });
  expect(readTraceFilter(query)).toEqual({
    domains: ['xn--bcher-kva.example'],
    hosts: ['mx.test'],
    addresses: ['2001:db8::1'],
    recipients: [],
  });
});
