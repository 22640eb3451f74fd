import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { Parts } from './parts.ts';
import { startResolving } from './resolving.ts';

/** Whether mail at the DANE levels may go out where nobody probes the resolver. */
async function validating(...sets: string[]): Promise<{ is: boolean; said: boolean; reason: string }> {
  const { dns } = loadConfig({ env: {}, sets: ['dns.dnssec_probe=', 'tls.level=may', ...sets] });
  const parts = new Parts();
  const resolving = await startResolving({ dns, dataDir: '/nowhere', log: () => {}, parts });
  const is = await resolving.isValidating();
  await parts.stop((_, error) => {
    throw error;
  });
  const { validating: said, reason } = resolving.state();
  return { is, said, reason };
}

test.each([
  [['dns.servers=127.0.0.1']],
  [['dns.servers=127.0.0.1,192.0.2.53']],
  [['dns.servers=192.0.2.53', 'dns.trust_ad=true']],
])('startResolving(): without a probe the AD bit is believed where it can be: %j', async (sets) => {
  expect(await validating(...sets)).toEqual({ is: true, said: true, reason: 'not probed' });
});

test('startResolving(): without a probe nobody is taken for unsigned by resolvers whose AD does not count', async () => {
  expect(await validating('dns.servers=192.0.2.53,2001:db8::53')).toMatchObject({
    is: false,
    said: false,
    reason: expect.stringContaining('dns.trust_ad = false') as string,
  });
});
