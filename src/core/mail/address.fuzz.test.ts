import { expect, test } from 'vitest';
import { addresses } from '../../../test/fuzz/addresses.ts';
import { runRounds } from '../../../test/fuzz/target.ts';

test('parseMailbox(): whatever is taken as an address can be said to a host, and leads to a name or an address', () => {
  expect(runRounds(addresses, 1, (seed) => seed <= 50_000).deep).toBeGreaterThan(2_000);
});
