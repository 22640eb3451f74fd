import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { handshakeAttacks } from '../../test/support/handshake-attacks.ts';
import { makeAuthority, makeCertificate } from '../../test/support/test-ca.ts';
import { ClientHandshakeGuard, OpenGate, RefusedClient } from './client-handshake-guard.ts';

/** RFC 8448 §3: a secret, and the key and IV that follow from it. */
const secret = Buffer.from('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38', 'hex');
const key = Buffer.from('3fce516009c21727d0f2e4e86ee403bc', 'hex');
const iv = Buffer.from('5d313eb2671276ee13000b30', 'hex');

const root = makeAuthority('Root');
const chain = [makeCertificate({ names: ['client.test'] }, root).der, root.der];

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const u24 = (value: number): Buffer => Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const sized = (content: Buffer): Buffer => Buffer.concat([u24(content.length), content]);
const message = (type: number, content: Buffer): Buffer => Buffer.concat([Buffer.of(type), sized(content)]);
const record = (type: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.of(type, 3, 3), u16(content.length), content]);
const pieces = (octets: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(octets.length / 16_000) }, (_, at) =>
    octets.subarray(at * 16_000, (at + 1) * 16_000),
  );
const inClear = (content: Buffer): Buffer => Buffer.concat(pieces(content).map((piece) => record(22, piece)));

const hello = record(22, message(1, Buffer.alloc(200, 1)));
const list = (ders: readonly Buffer[], behind: Buffer = Buffer.alloc(0)): Buffer =>
  sized(Buffer.concat(ders.flatMap((der) => [sized(der), behind])));
const certificate = (ders: readonly Buffer[]): Buffer => message(11, list(ders));
const certificate13 = (ders: readonly Buffer[]): Buffer =>
  message(11, Buffer.concat([Buffer.of(0), list(ders, u16(0))]));
const keyExchange = record(22, message(16, Buffer.alloc(66, 4)));
const changeCipherSpec = record(20, Buffer.of(1));

function encrypted(content: Buffer): Buffer {
  return Buffer.concat(
    pieces(content).map((piece, sequence) => {
      const inner = Buffer.concat([piece, Buffer.of(22)]);
      const header = Buffer.concat([Buffer.of(23, 3, 3), u16(inner.length + 16)]);
      const nonce = Buffer.from(iv);
      nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
      const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
      return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
    }),
  );
}

/** What passes of some octets, and the error that ends the connection. */
function pass(guard: ClientHandshakeGuard, octets: Buffer): { passed: Buffer; error?: Error } {
  guard.enter(octets);
  const passed: Buffer[] = [];
  for (;;) {
    const next = guard.next();
    if (next instanceof Error) return { passed: Buffer.concat(passed), error: next };
    if (next === undefined) return { passed: Buffer.concat(passed) };
    passed.push(next);
  }
}

test('ClientHandshakeGuard: an ordinary handshake of TLS 1.2 passes', () => {
  const octets = Buffer.concat([hello, inClear(certificate(chain)), keyExchange, changeCipherSpec]);
  const finished = Buffer.concat([record(22, Buffer.alloc(40, 0xff)), record(23, Buffer.alloc(50, 0xff))]);
  const guard = new ClientHandshakeGuard();
  expect(pass(guard, octets)).toEqual({ passed: octets });
  expect(pass(guard, finished)).toEqual({ passed: finished });
});

test('ClientHandshakeGuard: TLS 1.3 waits for the secret, and passes', () => {
  const flight = Buffer.concat([changeCipherSpec, encrypted(certificate13(chain))]);
  const guard = new ClientHandshakeGuard();
  let asked = 0;
  guard.onOpening = () => (asked += 1);
  expect(pass(guard, Buffer.concat([hello, flight]))).toEqual({
    passed: Buffer.concat([hello, changeCipherSpec]),
  });
  guard.secret(0x1301, secret);
  expect([asked, pass(guard, Buffer.alloc(0)).passed.equals(encrypted(certificate13(chain)))]).toEqual([
    1,
    true,
  ]);
  const behind = record(23, Buffer.alloc(70, 1));
  expect(pass(guard, behind)).toEqual({ passed: behind });
});

test.each([
  ['TLS 1.2', inClear(certificate([])), undefined],
  ['TLS 1.3', encrypted(certificate13([])), secret],
])('ClientHandshakeGuard: a client without a certificate, %s', (_, octets, known) => {
  const guard = new ClientHandshakeGuard();
  if (known !== undefined) guard.secret(0x1301, known);
  expect(pass(guard, octets)).toEqual({ passed: octets });
});

test.each(Object.keys(handshakeAttacks))('ClientHandshakeGuard: %s never pass', (name) => {
  const attack = handshakeAttacks[name]?.().chain ?? [];
  const [in12, in13] = [new ClientHandshakeGuard(), new ClientHandshakeGuard()];
  in13.secret(0x1301, secret);
  for (const { passed, error } of [
    pass(in12, inClear(certificate(attack))),
    pass(in13, encrypted(certificate13(attack))),
  ]) {
    expect(error).toBeInstanceOf(RefusedClient);
    expect(error?.message).toBe('certificates take too much work to verify');
    // The record that would complete the message does not.
    expect(passed.length).toBeLessThan(attack.reduce((sum, der) => sum + der.length, 0));
  }
});

test.each<[string, Buffer, string]>([
  ['a compressed certificate', inClear(message(25, Buffer.alloc(10))), 'handshake that cannot be followed'],
  ['a list that is none', inClear(message(11, Buffer.of(0, 0, 9, 1))), 'handshake that cannot be followed'],
  ['a message without end', inClear(Buffer.of(11, 0xff, 0, 0)), 'certificates take too much work to verify'],
  [
    'records without end',
    Buffer.concat(Array.from({ length: 201 }, () => record(21, Buffer.of(1, 0)))),
    'certificates take too much work to verify',
  ],
  ['octets of another secret', record(23, Buffer.alloc(100, 1)), 'handshake that cannot be followed'],
])('ClientHandshakeGuard: %s', (_, octets, reason) => {
  const guard = new ClientHandshakeGuard();
  guard.secret(0x1301, secret);
  expect(pass(guard, octets).error?.message).toBe(reason);
});

test('ClientHandshakeGuard: what waits for a secret that does not come does not pile up', () => {
  const guard = new ClientHandshakeGuard();
  const { error } = pass(
    guard,
    Buffer.concat(Array.from({ length: 10 }, () => record(23, Buffer.alloc(16_000)))),
  );
  expect(error?.message).toBe('handshake that cannot be followed');
});

test('ClientHandshakeGuard: what is no TLS is shown to the library as far as it takes, and no further', () => {
  const guard = new ClientHandshakeGuard();
  expect(pass(guard, Buffer.from('EHLO client.example\r\n')).passed.toString()).toBe('EHLO ');
  expect([pass(guard, hello).passed.length, guard.rest().length]).toEqual([0, 0]);
});

test('ClientHandshakeGuard: a change of ciphers alone opens nothing', () => {
  const guard = new ClientHandshakeGuard();
  const attack = handshakeAttacks['100 keys on P-521']?.().chain ?? [];
  const { error } = pass(
    guard,
    Buffer.concat([changeCipherSpec, hello, changeCipherSpec, inClear(certificate(attack))]),
  );
  expect(error).toBeInstanceOf(RefusedClient);
});

test('OpenGate: passes on what has come', () => {
  const gate = new OpenGate();
  gate.enter(Buffer.from('a'));
  gate.enter(Buffer.from('b'));
  expect([gate.next()?.toString(), gate.rest().toString(), gate.next()]).toEqual(['a', 'b', undefined]);
});
