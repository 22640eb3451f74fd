import { expect, it } from 'vitest';
import { checkMemory } from './check-memory.ts';

const now = Date.UTC(2026, 10, 30);

it('checkMemory() tells each loss once, and of hosts that nobody has proved only their destination', async () => {
  const hosts = new Map([['mx.x.test', now - 1]]);
  const { keeper, lost } = checkMemory({ destination: 'x.test', hosts }, () => now);
  const ask = (host: string, mx: 'secure' | 'insecure') =>
    keeper.judge({
      destination: 'x.test',
      facts: { host, mx, address: true },
      wish: 'warn',
      horizonMs: 1_000,
    });
  await expect(ask('mx.x.test', 'secure')).resolves.toEqual({ kind: 'nothing lost' });
  expect(lost()).toEqual([]);
  for (const host of ['mx.x.test', '1.evil.test', '2.evil.test', 'mx.x.test']) await ask(host, 'insecure');
  const provedAt = '2026-11-29T23:59:59Z';
  expect(lost()).toEqual([
    {
      host: 'mx.x.test',
      what: 'MX',
      provedAt,
      text: `mx.x.test was proved by signed TLSA records at ${provedAt}, and stands in MX records that are not signed now`,
    },
    {
      what: 'MX',
      provedAt,
      text: `x.test was proved by signed TLSA records at ${provedAt}, and has no signed MX records now`,
    },
  ]);
});
