import { printable } from '../core/mail/printable.ts';
import { rdataText, zoneLine } from '../core/dane/record-text.ts';
import type { TlsaRecord } from '../core/dns/record.ts';
import type { Published } from '../core/tlsa/find-published.ts';
import type { Rollover } from '../core/tlsa/rollover.ts';
import { timeWords } from './tlsa-words.ts';

/** A change, and what it was planned from. */
export interface PlannedRollover {
  readonly host: string;
  readonly port: number;
  /** What the server shows now, and what it shall show: names of files, or an address. */
  readonly old: string;
  readonly next: string;
  readonly published: Published;
  readonly plan: Rollover;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** `0`: the steps are safe, or there is nothing to do. `1`: mail is already refused. `2`: nobody can say. */
export function rolloverExit({ plan }: PlannedRollover): 0 | 1 | 2 {
  if (plan.kind === 'unknown') return 2;
  return plan.kind === 'broken' || plan.kind === 'already over' ? 1 : 0;
}

export function rolloverLines(planned: PlannedRollover): readonly string[] {
  const { host, port, old, next, published } = planned;
  const title = `change of ${host}:${port} from ${old} to ${next}`;
  const ttl = published.kind === 'records' ? published.ttl : 0;
  const state =
    published.kind === 'records'
      ? [
          `published (${published.signed ? 'signed' : 'UNSIGNED'}, TTL ${ttl} s):`,
          ...published.records.slice(0, 64).map((record) => `  ${rdataText(record)}`),
        ]
      : published.kind === 'none'
        ? ['published: none']
        : [];
  return [title, ...state, ...stepsOf(planned, ttl)];
}

function stepsOf(planned: PlannedRollover, ttl: number): readonly string[] {
  const { plan, published, host, old, next, nowMs } = planned;
  const { owner } = published;
  const lines = (records: readonly TlsaRecord[]) =>
    records.map((record) => `   ${zoneLine({ owner, record, ttl })}`);
  const verify = `dane-relay tlsa --verify ${host}`;
  switch (plan.kind) {
    case 'nothing to change':
      return [
        'the published records are true of both: switch whenever you like, and leave the records as they are.',
      ];
    case 'unpublished':
      return [
        'senders do not look at the key, because nothing usable is published: switch whenever you like. Afterwards publish:',
        ...plan.add.map(({ record }) => `   ${zoneLine({ owner, record })}`),
      ];
    case 'steps': {
      const safe = timeWords(nowMs + ttl * 1000, nowMs);
      const first =
        plan.add.length === 0
          ? [
              `1. publish: done, the records of ${next} are there.`,
              `2. wait until ${ttl} s (the TTL) have passed since every name server of the zone had them: until ${safe} at the latest.`,
            ]
          : [
              `1. publish, beside what is there (${timeWords(nowMs, nowMs)} is now):`,
              ...lines(plan.add.map(({ record }) => record)),
              `2. wait until every name server of the zone has it, and ${ttl} s (the TTL) more: until ${safe} if you publish now.`,
            ];
      return [
        ...first,
        `3. switch the server from ${old} to ${next}, not before ${safe}, and look: ${verify}`,
        '4. remove, once that says that senders authenticate it:',
        ...lines(plan.remove),
        'A sender takes the server at each of these moments, whichever of the records it knows: each was judged.',
      ];
    }
    case 'already over':
      return [
        `what is published is true of ${next}, and not of ${old}: a server that still shows ${old} gets no mail from senders with`,
        `DANE. Switch now, or publish a record of ${old} again ("${verify}" prints it).`,
        ...(plan.remove.length === 0 ? [] : ['Of no use any more:', ...lines(plan.remove)]),
      ];
    case 'broken':
      return [
        `what is published is true of neither: senders with DANE deliver no mail now. First make it right: ${verify}`,
      ];
    case 'unknown':
      return [
        ...plan.problems.map((text) => `cannot be judged: ${printable(text)}`),
        'No step is called safe.',
      ];
  }
}

/** One object; docs/tlsa.md describes it. */
export function rolloverJson(planned: PlannedRollover): Readonly<Record<string, unknown>> {
  const { host, port, old, next, published, plan, nowMs } = planned;
  const ttl = published.kind === 'failed' ? undefined : published.ttl;
  const at = (ms: number) => new Date(ms).toISOString();
  const { owner } = published;
  const text = (record: TlsaRecord) =>
    zoneLine({ owner, record, ...(plan.kind === 'steps' && ttl !== undefined && { ttl }) });
  return {
    schema: 1,
    host,
    port,
    owner,
    from: old,
    to: next,
    plan: plan.kind,
    ...(ttl !== undefined && { ttl }),
    published: published.kind === 'records' ? published.records.slice(0, 64).map(rdataText) : [],
    publish: 'add' in plan ? plan.add.map(({ record }) => text(record)) : [],
    remove: 'remove' in plan ? plan.remove.map(text) : [],
    ...(plan.kind === 'steps' && { switchNotBefore: at(nowMs + (ttl ?? 0) * 1000) }),
    problems: plan.kind === 'unknown' ? plan.problems : [],
  };
}
