import { expect, test } from 'vitest';
import { rootServers } from './root-hints.ts';

test('rootServers(): the addresses of a file of hints', () => {
  const text = `; FORMERLY NS.INTERNIC.NET
.                        3600000      NS    A.ROOT-SERVERS.NET.
A.ROOT-SERVERS.NET.      3600000      A     198.41.0.4
A.ROOT-SERVERS.NET.      3600000      AAAA  2001:503:ba3e::2:30
B.ROOT-SERVERS.NET. IN A 170.247.170.2
C.ROOT-SERVERS.NET. A 1.2.3
; End of file`;
  expect(rootServers(text)).toEqual([
    { address: '198.41.0.4', port: 53 },
    { address: '2001:503:ba3e::2:30', port: 53 },
    { address: '170.247.170.2', port: 53 },
  ]);
  expect(rootServers('')).toEqual([]);
});
