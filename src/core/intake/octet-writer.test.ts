import { expect, test } from 'vitest';
import { OctetWriter } from './octet-writer.ts';

test('OctetWriter: what gets no longer is written in place', () => {
  const octets = Buffer.from('..ab\r\n');
  const writer = new OctetWriter(octets);
  writer.copy(1, 4);
  writer.putTwo(0x0d, 0x0a, 6);
  expect(writer.written.toString()).toBe('.ab\r\n');
  expect(writer.written.buffer).toBe(octets.buffer);
  expect(writer.written.byteOffset).toBe(octets.byteOffset);
});

test('OctetWriter: what gets longer goes to new memory from there on, and what is not read stays as it is', () => {
  const octets = Buffer.from('a\nb\nc');
  const writer = new OctetWriter(octets);
  writer.copy(0, 1);
  writer.putTwo(0x0d, 0x0a, 2);
  expect(octets.toString()).toBe('a\nb\nc');
  writer.copy(2, 3);
  writer.putTwo(0x0d, 0x0a, 4);
  writer.copy(4, 5);
  expect(writer.written.toString()).toBe('a\r\nb\r\nc');
});

test('OctetWriter: an octet that was held back finds room in front of all', () => {
  const writer = new OctetWriter(Buffer.from('x'));
  writer.put(0x20, 0);
  writer.copy(0, 1);
  expect(writer.written.toString()).toBe(' x');
});
