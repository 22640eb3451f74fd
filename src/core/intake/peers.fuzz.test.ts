import { expect, test } from 'vitest';
import { peerCommands, proxyHeaders } from '../../../test/fuzz/peers.ts';
import { runRounds } from '../../../test/fuzz/target.ts';

test('readProxyHeader(): a header says the same in one piece and in several', () => {
  expect(runRounds(proxyHeaders, 1, (seed) => seed <= 5_000).deep).toBeGreaterThan(500);
});

test('XCLIENT and XFORWARD: whatever a peer says, log and headers stay lines', () => {
  expect(runRounds(peerCommands, 1, (seed) => seed <= 10_000).deep).toBeGreaterThan(1_000);
});
