import { describe, expect, it } from 'vitest';
import { certificateLine, proofLines, tlsaLine } from './certificate-lines.ts';

const relay = 'mx.x.test[192.0.2.1]:25';
const record = (usage: number, selector: number, matching: number, octets = 3) => ({
  usage,
  selector,
  matching,
  data: new Uint8Array(octets).fill(0xab),
});

describe('proofLines()', () => {
  it.each([
    [record(3, 1, 1), 0, `${relay}: Matched DANE EE certificate at depth 0: 3 1 1 ABABAB`],
    [record(2, 0, 1), 1, `${relay}: Matched DANE TA certificate at depth 1: 2 0 1 ABABAB`],
    [
      record(2, 1, 0),
      1,
      `${relay}: Matched DANE TA public key verified certificate at depth 1: 2 1 0 ABABAB`,
    ],
  ])('%#: has the words of Postfix', (matched, depth, line) => {
    expect(proofLines(relay, { record: matched, depth })).toEqual([line]);
  });

  it('names the name first', () => {
    expect(proofLines(relay, { record: record(2, 1, 1), depth: 1, peerName: 'mx.x.test' })[0]).toBe(
      `${relay}: matched peername: mx.x.test`,
    );
  });

  it('says nothing where a fingerprint proved it', () => {
    expect(proofLines(relay, {})).toEqual([]);
  });
});

it('tlsaLine() shows both ends of long data', () => {
  const text = tlsaLine('_25._tcp.mx.x.test', record(2, 1, 0, 65));
  expect(text).toBe(
    `DNSSEC-signed TLSA record: _25._tcp.mx.x.test: 2 1 0 ${'AB'.repeat(32)}...${'AB'.repeat(32)}`,
  );
});

it('certificateLine() has something to say of what is no certificate', () => {
  expect(certificateLine(relay, new Uint8Array([1]))).toBe(
    `${relay}: certificate cannot be read, cert fingerprint=4B:F5:12:2F:34:45:54:C5:3B:DE:2E:BB:8C:D2:B7:E3:D1:60:0A:D6:31:C3:85:A5:D7:CC:E2:3C:77:85:45:9A`,
  );
});
