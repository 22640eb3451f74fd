import { describe, expect, test } from 'vitest';
import { hexOf, socketsIn } from './listening-process.ts';

describe('hexOf', () => {
  test.each([
    ['127.0.0.1', '0100007F'],
    ['0.0.0.0', '00000000'],
    ['::1', '00000000000000000000000001000000'],
    ['2001:db8::25', 'B80D0120000000000000000025000000'],
  ])('%s', (address, hex) => {
    expect(hexOf(address)).toBe(hex);
  });
});

test('socketsIn reads /proc/net/tcp', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:09DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
`;
  expect(socketsIn(text)).toEqual([{ address: '0100007F', port: '09DD', state: '0A', inode: '4711' }]);
});
