import dns from 'node:dns';
import { expect, test, vi } from 'vitest';
import { openSocket } from './open-socket.ts';

test.each([
  '127.1',
  '127.0.0.01',
  '0177.0.0.1',
  '0x7f.1',
  '2130706433',
  '1.2.3.999',
  '1.2.3.4.',
  'localhost',
  '',
  'mx.example.org',
])('openSocket(): %j is no address, and the resolver of the system is not asked about it', async (text) => {
  const asked = vi.spyOn(dns, 'lookup').mockImplementation(() => {
    throw new Error('the resolver of the system was asked');
  });
  const outcome = await openSocket(text, 25, 1_000, new AbortController().signal);
  // Node takes an empty host for this one.
  const errorText = `no IP address: ${text || 'localhost'}`;
  expect(outcome).toEqual({ kind: 'failed', errorText, shortage: false });
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
});
