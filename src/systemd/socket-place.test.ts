import { closeSync, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import { placeIn, placeOf } from './socket-place.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:09DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:09DE 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 100 0 0 10 0
   2: B80D0120000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 12347 1
   3: 00000000000000000000000000000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 12348 1
`;

const littleEndian = endianness() === 'LE' ? test : test.skip;

littleEndian('placeIn(): the sockets that listen, by their inodes', () => {
  expect(placeIn(table, 12345)).toEqual({ host: '127.0.0.1', port: 2525 });
  expect(placeIn(table, 12346)).toBeUndefined();
  expect(placeIn(table, 12347)).toEqual({ host: '2001:db8::1', port: 25 });
  expect(placeIn(table, 12348)).toEqual({ host: '::', port: 25 });
  expect(placeIn(table, 1)).toBeUndefined();
});

test('placeOf(): what is no TCP socket has no place', () => {
  const descriptor = openSync('/dev/null', 'r');
  expect(placeOf(descriptor)).toBeUndefined();
  closeSync(descriptor);
  expect(placeOf(descriptor)).toBeUndefined();
});
