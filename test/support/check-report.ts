import type {
  CheckReport,
  ShownAddress,
  ShownCertificate,
  ShownHost,
  ShownRecord,
} from '../../src/core/check/report.ts';

export const someHex = 'ab'.repeat(32);

export function someRecord(changes: Partial<ShownRecord> = {}): ShownRecord {
  return {
    usage: 3,
    selector: 1,
    matching: 1,
    data: someHex,
    usable: true,
    suppressed: false,
    matches: [0],
    ...changes,
  };
}

export function someCertificate(changes: Partial<ShownCertificate> = {}): ShownCertificate {
  return {
    depth: 0,
    subject: '/CN=mx.example.org',
    issuer: '/CN=Example CA',
    names: ['DNS:mx.example.org'],
    notBefore: '2026-11-01T00:00:00.000Z',
    notAfter: '2027-01-30T00:00:00.000Z',
    sha256: 'cd'.repeat(32),
    keySha256: someHex,
    ...changes,
  };
}

/** One that passes. */
export function someAddress(changes: Partial<ShownAddress> = {}): ShownAddress {
  return {
    address: '192.0.2.25',
    port: 25,
    verdict: 'protected',
    reason: 'a signed TLSA record matches',
    level: 'dane',
    tlsa: {
      kind: 'records',
      baseDomain: 'mx.example.org',
      owner: '_25._tcp.mx.example.org',
      ttl: 3600,
      records: [someRecord()],
    },
    serverName: 'mx.example.org',
    referenceNames: ['mx.example.org', 'example.org'],
    session: {
      greeting: '220 mx.example.org ESMTP',
      ehlo: ['STARTTLS', 'SIZE 1000'],
      ehloInTls: ['SIZE 1000'],
      startTls: 'accepted',
      tls: { word: 'Verified', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] },
      chain: [someCertificate()],
      lines: ['Verified TLS connection established to mx.example.org[192.0.2.25]:25: TLSv1.3'],
    },
    ...changes,
  };
}

export function someHost(...addresses: readonly ShownAddress[]): ShownHost {
  return { name: 'mx.example.org', preference: 10, addresses };
}

export function someReport(changes: Partial<CheckReport> = {}): CheckReport {
  return {
    schema: 1,
    destination: 'example.org',
    checkedAt: '2026-11-29T12:00:00.000Z',
    verdict: 'protected',
    exitCode: 0,
    summary: 'example.org: protected by DANE.',
    resolver: { validates: true, name: '127.0.0.1:53', probe: '. NS', reason: '' },
    lookups: [
      {
        name: 'example.org',
        type: 'MX',
        secure: true,
        status: 'NoError',
        ttl: 60,
        lines: ['example.org. IN MX 10 mx.example.org. ; AD=1 NoError'],
      },
      {
        name: 'mx.example.org',
        type: 'A',
        secure: true,
        status: 'NoError',
        ttl: 60,
        lines: ['mx.example.org. IN A 192.0.2.25 ; AD=1 NoError'],
      },
    ],
    hosts: [someHost(someAddress())],
    delivery: [
      {
        level: 'dane',
        origin: 'tls.level',
        outcome: 'delivered',
        dsn: '2.0.0',
        reason: 'would be delivered',
        relay: 'mx.example.org[192.0.2.25]:25',
        word: 'Verified',
      },
    ],
    notes: [],
    seconds: 0.314,
    ...changes,
  };
}
