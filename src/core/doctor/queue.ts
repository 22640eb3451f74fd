import { diagnose, type Failure } from '../diagnosis/diagnose.ts';
import type { Diagnosis, DiagnosisKind } from '../diagnosis/diagnosis.ts';
import { tellerOf, type Finding } from './finding.ts';
import { span } from './quantities.ts';

/** What waits for one destination. */
export interface WaitingFacts {
  readonly destination: string;
  readonly messages: number;
  /** Epoch milliseconds. */
  readonly oldestAt: number;
  /** Of the message that failed last; absent if none was tried yet. */
  readonly failure?: Failure;
}

export interface QueueFacts {
  /** Undefined if the queue could not be looked at. */
  readonly waiting: readonly WaitingFacts[] | undefined;
  /** There is more, which was not looked at. */
  readonly isCut: boolean;
  readonly now: number;
}

/** So many destinations are told of by themselves. */
const most = 5;

const aboutTls: ReadonlySet<DiagnosisKind> = new Set<DiagnosisKind>([
  'TLSA mismatch',
  'certificate refused',
  'STARTTLS missing',
  'STARTTLS refused',
  'handshake failed',
  'TLSA lookup failed',
  'unusable TLSA records',
  'not in MTA-STS policy',
  'DANE lost',
]);

interface Told extends WaitingFacts {
  readonly diagnosis: Diagnosis;
}

/** What waits, and whose fault that is. Mail that waits is no trouble of this machine by itself. */
export function judgeQueue({ waiting, isCut, now }: QueueFacts): readonly Finding[] {
  const { ok, warn, skip } = tellerOf('queue');
  if (waiting === undefined)
    return [skip('queue-not-seen', 'the queue was not looked at: Redis is not there')];
  const sum = waiting.reduce((count, { messages }) => count + messages, 0);
  if (sum === 0) return [ok('queue-empty', 'no mail waits')];
  const oldest = Math.min(...waiting.map(({ oldestAt }) => oldestAt));
  const all = `${isCut ? 'more than ' : ''}${counted(sum, 'message')}`;
  const findings = [
    ok(
      'queue-waits',
      `${all} for ${counted(waiting.length, 'destination')} ${sum === 1 ? 'waits' : 'wait'}, the oldest for ${span(now - oldest)}`,
    ),
  ];
  const failed = waiting
    .toSorted((one, other) => other.messages - one.messages)
    .flatMap((one): Told[] =>
      one.failure === undefined ? [] : [{ ...one, diagnosis: diagnose(one.failure, one.destination) }],
    );
  const theirs = failed.filter(
    ({ diagnosis: { kind, whose } }) => aboutTls.has(kind) && whose === 'receiver',
  );
  const ours = failed.filter(({ diagnosis: { whose } }) => whose === 'us');
  for (const { destination, messages, diagnosis } of theirs.slice(0, most))
    findings.push(
      warn(
        'queue-dane-fails',
        `${counted(messages, 'message')} for ${destination}: ${diagnosis.cause}`,
        `not your fault: dane-relay explain ${destination}`,
        ...diagnosis.advice,
      ),
    );
  for (const { destination, messages, diagnosis } of ours.slice(0, most))
    findings.push(
      warn(
        'queue-waits-for-us',
        `${counted(messages, 'message')} for ${destination}: ${diagnosis.cause}`,
        ...diagnosis.advice,
      ),
    );
  return findings;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
