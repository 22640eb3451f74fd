import { describe, expect, test, vi } from 'vitest';
import type { Config } from '../config/config.ts';
import type { Lookup } from '../core/dns/answer.ts';
import type { TriedHost } from '../core/delivery/evidence.ts';
import type { Connected } from '../core/delivery/session.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Concluded } from '../delivery/concluded.ts';
import type { DeliverPorts } from '../delivery/ports.ts';
import type { Candidate } from '../delivery/route.ts';
import {
  createTlsReporting,
  startTlsReports,
  submitterOf,
  type TlsReportingParts,
  type TlsReportSending,
} from './tls-reports.ts';

const settings = { organizationName: 'Relay', contact: 'tls@relay.test', allowPrivate: false };
const now = Date.UTC(2026, 10, 28, 12);

function parts(
  more: { validating?: boolean; named?: boolean; outer?: readonly string[] } = {},
): TlsReportingParts {
  const lookup = (() => new Promise(() => {})) as unknown as Lookup;
  return {
    config: { tlsrpt: settings, delivery: { proxyInterfaces: more.outer ?? [] } } as unknown as Config,
    resolving: { state: () => ({ validating: more.validating ?? true }) as never },
    lookups: { asker: () => lookup, waiting: () => 0 },
    transports: { namedIn: () => (more.named === true ? 'relayhost' : undefined) },
  };
}

function concluded(hosts: readonly Partial<TriedHost>[], more: Partial<Concluded> = {}): Concluded {
  const trail = () => ({
    lookups: [{ name: 'x.test', type: 'MX', at: 0, answer: { kind: 'failed', extended: [6] } }],
    leftOut: 0,
  });
  const evidence = { hosts, trail };
  const message = { queueId: '4a' };
  return {
    message,
    destination: 'x.test',
    attempts: [{ evidence }],
    at: now,
    ...more,
  } as unknown as Concluded;
}

const skipped: Partial<TriedHost> = {
  skipped: {
    policy: { kind: 'skip', reason: '', dsn: '4.7.5', fault: 'TLSA lookup', warnings: [] },
    host: 'mx.x.test',
    domain: 'x.test',
  },
};

test.each(['TXT', 'A'])('startTlsReports() ends though nobody answers a lookup: %s', async (silent) => {
  const settled: unknown[] = [];
  let left = 1;
  const record = { kind: 'found', records: ['v=TLSRPTv1; rua=https://r.test/'] };
  const policy = '{"policy-type":"no-policy-found","policy-string":[],"policy-domain":"x.test","mx-host":[]}';
  const fields = new Map([
    ['p a', policy],
    ['s a', '1'],
  ]);
  let [isAsked, isEnded] = [false, false];
  const lookup = (_: string, type: string, signal: AbortSignal): Promise<unknown> => {
    if (type === 'TXT' && silent !== 'TXT') return Promise.resolve(record);
    isAsked = true;
    return new Promise((__, reject) => {
      signal.addEventListener('abort', () => {
        isEnded = true;
        reject(new Error('aborted'));
      });
    });
  };
  const reports = startTlsReports({
    config: parts().config,
    lookups: { asker: () => lookup },
    log: () => {},
    queue: {
      tlsReports: {
        takeReport: async () => ((left -= 1) < 0 ? undefined : { name: '2026-11-28 x.test', fields }),
        settleReport: async (one: unknown) => settled.push(one) > 0,
        suppressedOf: async () => new Set(),
      },
    },
  } as unknown as TlsReportSending);
  await vi.waitFor(() => expect(isAsked).toBe(true));
  const stopped = reports?.stop();
  // At once, not when its time is over.
  expect(isEnded).toBe(true);
  await stopped;
  expect(settled).toEqual([expect.objectContaining({ again: expect.anything() as unknown })]);
});

const reporting = (more?: Parameters<typeof parts>[0]) => {
  const made = createTlsReporting(parts(more));
  if (made === undefined) throw new Error('nothing is reported');
  return made;
};

test('createTlsReporting() does nothing unless both settings are there', () => {
  for (const tlsrpt of [
    { ...settings, organizationName: '' },
    { ...settings, contact: '' },
  ]) {
    const config = { ...parts().config, tlsrpt };
    expect([createTlsReporting({ ...parts(), config }), submitterOf(config)]).toEqual([undefined, undefined]);
  }
});

describe('sessionsOf()', () => {
  test('tells of a host that was skipped once for each attempt', () => {
    const found = reporting().sessionsOf(concluded([skipped, skipped]));
    expect(found.map(({ domain, faults }) => [domain, faults])).toEqual([
      ['x.test', ['{"result-type":"dnssec-invalid","receiving-mx-hostname":"mx.x.test"}']],
    ]);
  });

  test('tells of MX records that are forged', () => {
    const [found] = reporting().sessionsOf(concluded([]));
    expect(found?.faults).toEqual(['{"result-type":"dnssec-invalid","failure-reason-code":"dns-ede-6"}']);
  });

  test.each([
    ['our resolver does not validate', { validating: false }, concluded([skipped])],
    ['our resolver does not validate MX records', { validating: false }, concluded([])],
    ['a setting names the next hop', { named: true }, concluded([])],
    [
      'the mail is a report',
      {},
      concluded([skipped], { message: { queueId: '4a', tlsReport: true } as never }),
    ],
    ['the next hop is a host', {}, concluded([], { destination: '[mx.x.test]' })],
    [
      'a host that a setting names was skipped',
      {},
      concluded([{ skipped: { ...skipped.skipped, domain: undefined } as never }]),
    ],
  ])('tells nothing if %s', (_, more, attempt) => {
    expect(reporting(more).sessionsOf(attempt)).toEqual([]);
  });
});

describe('dial()', () => {
  const policy = { kind: 'use', level: 'dane', tlsa: [], warnings: [] } as unknown as UsableHost;
  const refused = {
    kind: 'trouble',
    step: 'handshake',
    status: { outcome: 'deferred', tlsFault: { kind: 'handshake', host: 'mx.x.test' } },
  } as unknown as Connected;
  const candidate = { host: 'mx.x.test', address: '192.0.2.25', domain: 'x.test' } as Candidate;
  const errand = { queueId: '4a', destination: 'x.test', recipients: () => [] };

  async function sessions(of: Candidate, localAddress: string, outer: readonly string[] = []) {
    const { dial, sessionsOf } = reporting({ outer });
    const connection = { localAddress, open: async () => refused, close: () => {} };
    const plain: DeliverPorts['dial'] = async () => ({ kind: 'open', connection });
    const dialled = await dial(plain)(of, new AbortController().signal, undefined, errand);
    if (dialled.kind !== 'open') throw new Error('not dialled');
    await dialled.connection.open(policy, 'x.test', new AbortController().signal);
    return sessionsOf(concluded([{ relay: 'mx' }], { at: Date.now() }));
  }

  test('notes the session for the outcome of its delivery', async () => {
    const [found] = await sessions(candidate, '8.8.8.8');
    expect(JSON.parse(found?.faults[0] ?? '')).toEqual({
      'result-type': 'validation-failure',
      'failure-reason-code': 'tls-handshake-failure',
      'receiving-mx-hostname': 'mx.x.test',
      'receiving-ip': '192.0.2.25',
      'sending-mta-ip': '8.8.8.8',
    });
  });

  test.each([
    ['an inner address is not told', '10.0.0.1', [], undefined],
    ['but the one outside if there is just one', '10.0.0.1', ['8.8.4.4', '2a00::1'], '8.8.4.4'],
    ['and not one of several', '10.0.0.1', ['8.8.4.4', '8.8.8.8'], undefined],
  ])('%s', async (_, inner, outer, told) => {
    const [found] = await sessions(candidate, inner, outer);
    expect((JSON.parse(found?.faults[0] ?? '') as Record<string, unknown>)['sending-mta-ip']).toBe(told);
  });

  test('leaves out hosts that a setting names', async () => {
    const { domain: _, ...named } = candidate;
    expect(await sessions(named, '8.8.8.8')).toEqual([]);
  });
});
