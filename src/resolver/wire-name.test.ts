import { expect, test } from 'vitest';
import { nameReader } from './wire-name.ts';

const read = (hex: string, at = 0): unknown => nameReader(Buffer.from(hex, 'hex'))(at);

test.each([
  ['the root', '00', 0, '.', 1],
  ['labels', '024d58076578616d706c6500', 0, 'mx.example', 12],
  ['a pointer', '076578616d706c6500026d78c000', 9, 'mx.example', 14],
  ['a pointer alone', '076578616d706c6500c000', 9, 'example', 11],
  ['a pointer to the root', '00c000', 1, '.', 3],
  ['a pointer into a name', '01610162000163c002', 5, 'c.b', 9],
  ['any octets', '04002e20ff00', 0, '\\000\\046\\032\\255', 6],
  ['a wildcard', '012a055f44414e4500', 0, '*._dane', 9],
])('nameReader(): %s', (_, hex, at, name, end) => {
  expect(read(hex, at)).toEqual({ name, end });
});

const label63 = `3f${'61'.repeat(63)}`;

test('nameReader(): 255 octets are a name, 256 are none, in one piece and behind a pointer', () => {
  const longest = `${label63}${label63}${label63}3d${'61'.repeat(61)}00`;
  expect(read(longest)).toMatchObject({ end: 255 });
  expect(read(`0161${longest}`)).toBe('a name of too many octets');
  // To the second label, and to the first.
  expect(read(`${longest}0161c040`, 255)).toMatchObject({ end: 259 });
  expect(read(`${longest}0161c000`, 255)).toBe('a name of too many octets');
});

test.each([
  ['nothing', '', 0],
  ['a label over the end', '026d', 0],
  ['no end', '026d78', 0],
  ['half a pointer', '00c0', 1],
  ['a pointer to itself', 'c000', 0],
  ['a pointer into its own label', '0161c001', 0],
  ['a pointer forward', 'c0020161', 0],
  ['two pointers in a circle', '0161c0040162c000', 4],
  ['a label of 64 octets', `40${'61'.repeat(64)}00`, 0],
  ['a label of an unknown kind', '8061', 0],
])('nameReader(): %s is no name', (_, hex, at) => {
  expect(read(hex, at)).toEqual(expect.any(String));
});

test('nameReader(): what pointers lead to is read once', () => {
  const tail = Buffer.from(`${'0161'.repeat(120)}00`, 'hex');
  const names = Array.from({ length: 1000 }, () => Buffer.from('0162c000', 'hex'));
  let octets = 0;
  const readName = nameReader(Buffer.concat([tail, ...names]), (more) => void (octets += more));
  for (let nth = 0; nth < 1000; nth += 1) readName(tail.length + 4 * nth);
  expect(octets).toBe(120 + 2 * 1000);
});

test('nameReader(): and what is wrong with it is found out once', () => {
  const tail = Buffer.from(`${'0161'.repeat(120)}80`, 'hex');
  const names = Array.from({ length: 1000 }, () => Buffer.from('0162c000', 'hex'));
  let octets = 0;
  const readName = nameReader(Buffer.concat([tail, ...names]), (more) => void (octets += more));
  for (let nth = 0; nth < 1000; nth += 1) {
    expect(readName(tail.length + 4 * nth)).toBe('a label of an unknown kind');
  }
  expect(octets).toBe(120 + 2 * 1000);
});

test('nameReader(): a name has 127 pointers at most', () => {
  const chain = (length: number): Buffer =>
    Buffer.concat([
      Buffer.from('016100', 'hex'),
      ...Array.from({ length }, (_, nth) => {
        const target = nth === 0 ? 0 : 1 + 2 * nth;
        return Buffer.from([0xc0 | (target >> 8), target & 255]);
      }),
    ]);
  expect(nameReader(chain(127))(1 + 2 * 127)).toMatchObject({ name: 'a' });
  expect(nameReader(chain(128))(1 + 2 * 128)).toBe('a name of too many pointers');
});
