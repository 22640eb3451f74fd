import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { nextHopIn } from './next-hop.ts';

test('nextHopIn(): what follows the @, or the relayhost for all', () => {
  const without = nextHopIn(loadConfig({ env: {}, sets: [] }));
  expect(['a@Example.org', 'b@[192.0.2.1]'].map(without)).toEqual(['example.org', '[192.0.2.1]']);
  const withOne = nextHopIn(loadConfig({ env: {}, sets: ['delivery.relayhost=[Mail.example.net]:587'] }));
  expect(withOne('a@example.org')).toBe('[mail.example.net]:587');
});
