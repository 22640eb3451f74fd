import type { Candidate } from '../../src/delivery/route.ts';
import { answerFromReply, malformed, startTrail } from '../../src/resolver/answer-from-reply.ts';
import {
  rcodes,
  typeNumbers,
  type DnsReply as ReadReply,
  type ReplyRecord,
} from '../../src/resolver/reply.ts';
import type { Answer, Lookup } from '../../src/core/dns/answer.ts';
import { isLoopbackAddress } from '../../src/core/dns/ip-address.ts';
import type { RecordOf, RecordType, TlsaRecord } from '../../src/core/dns/record.ts';
import { parseTlsa, screen } from '../../src/core/dane/tlsa.ts';
import type { HostPolicy } from '../../src/core/tls-policy/host-policy.ts';
import { judge } from '../../src/core/tls-policy/judge.ts';
import { requiresTls } from '../../src/core/levels/levels.ts';
import type { PolicyEntry } from '../../src/core/tls-policy/policy-entry.ts';
import { lookupPolicy, parsePolicyMap } from '../../src/core/tls-policy/policy-map.ts';
import { findRoute } from '../../src/delivery/find-route.ts';
import { usualRules } from '../support/route-rules.ts';
import { usualSettings, usualTls } from '../support/tls-settings.ts';
import type { Adapter, DnsRecord, DnsReply, HostOutcome, RouteInput, RouteOutcome } from './adapter.ts';

/** dane-relay from the replies of its resolver to the judgement, without a socket. */
export const daneRelay: Adapter = {
  async route(input): Promise<RouteOutcome> {
    const lookup = lookupThrough(input);
    const ports = {
      lookup,
      isValidating: async () => {
        const probe = await lookup('.', 'NS');
        return probe.kind !== 'failed' && probe.secure;
      },
      log: () => undefined,
      now: () => 0,
      dice: Math.random,
    };
    const settings = { ...usualSettings, daneDigests: input.daneDigests };
    const { families, prefer, insecureMxPolicy, port } = input;
    const order = { ...usualRules.order, prefer, limit: input.addressLimit };
    const asked = { policy: policyOf(input), tls: () => settings, insecureMxPolicy };
    const rules = { ...usualRules, ...asked, families, order, port };
    const route = await findRoute(input.nextHop, rules, ports, new AbortController().signal);
    switch (route.kind) {
      case 'wait':
        return { kind: 'wait' };
      case 'trouble': {
        const { outcome, dsn, reason } = route.status;
        return { kind: 'trouble', outcome, dsn, reason };
      }
      case 'route': {
        const hosts: HostOutcome[] = [];
        for (const candidate of route.candidates) hosts.push(hostOf(candidate, await candidate.policy()));
        return { kind: 'hosts', hosts };
      }
    }
  },

  judge({ level, tlsa, daneDigests, referenceNames, chain, nowMs }) {
    const records = screen(tlsa.map(parseTlsa), '', daneDigests).usable;
    const policy = {
      kind: 'use',
      level,
      tlsa: records,
      digests: daneDigests,
      referenceNames,
      warnings: [],
      key: '',
      tls: usualTls,
    } as const;
    return judge(chain, policy, nowMs);
  },
};

function policyOf({ policyMap, level }: RouteInput): (nextHop: string) => PolicyEntry {
  const map = parsePolicyMap(policyMap, 'policy', {
    fingerprints: usualSettings.fingerprints,
    readFile: (name) => ({ problem: `no file ${name} here` }),
  });
  return (nextHop) => lookupPolicy(map, nextHop) ?? { kind: 'level', level };
}

function hostOf({ host, address }: Candidate, policy: HostPolicy): HostOutcome {
  if (policy.kind === 'skip') {
    return { connect: false, host, address, dsn: policy.dsn, reason: policy.reason };
  }
  const { level, referenceNames, serverName } = policy;
  return {
    connect: true,
    host,
    address,
    level,
    cleartext: !requiresTls(level),
    ...(serverName !== undefined && { serverName }),
    referenceNames: referenceNames.filter((name) => typeof name === 'string'),
    tlsa: policy.tlsa.map(rdataOf),
  };
}

function rdataOf({ usage, selector, matching, data }: TlsaRecord): Uint8Array {
  return Buffer.concat([Buffer.from([usage, selector, matching]), data]);
}

/** What the resolver room makes of the replies, along the aliases. */
function lookupThrough({ ask, resolverAddress }: RouteInput): Lookup {
  return async <T extends RecordType>(name: string, type: T): Promise<Answer<RecordOf[T]>> => {
    let trail = startTrail(name);
    for (;;) {
      const reply = await ask(trail.name, type);
      if (reply.kind === 'nothing') {
        return reply.why === 'malformed'
          ? malformed('unreadable')
          : { kind: 'failed', cause: reply.why, detail: reply.why };
      }
      const secure = reply.ad && isLoopbackAddress(resolverAddress);
      const answer = answerFromReply(trail, type, readReply(reply), secure);
      if (answer.kind !== 'trail') return answer;
      trail = answer;
    }
  };
}

function readReply(reply: Extract<DnsReply, { kind: 'message' }>): ReadReply {
  const { rcode, ad, truncated, answers, soa, referral, extendedErrors = [] } = reply;
  return {
    id: 0,
    isResponse: true,
    opcode: 0,
    truncated,
    authentic: ad,
    rcode: rcodes[rcode],
    extendedRcode: rcodes[rcode],
    question: undefined,
    answers: answers.map(readRecord),
    authority: soa !== undefined ? 'SOA' : referral ? 'delegation' : 'nothing',
    denialSoa: soa === undefined ? undefined : { owner: soa, ttl: 60 },
    extendedErrors: { codes: new Set(extendedErrors), texts: extendedErrors.map(String) },
  };
}

function readRecord({ owner, type, data }: DnsRecord): ReplyRecord {
  return { owner, type: typeNumbers[type as keyof typeof typeNumbers], ttl: 60, value: readData(type, data) };
}

function readData(type: string, data: DnsRecord['data']): RecordOf[RecordType] {
  if (typeof data !== 'string') return parseTlsa(data);
  if (type !== 'MX') return data;
  const [preference, exchange = ''] = data.split(' ');
  return { preference: Number(preference), exchange };
}
