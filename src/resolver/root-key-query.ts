import type { Failed } from '../core/dns/answer.ts';
import { rootKeySet } from '../core/dns/root-key-set.ts';
import type { RootKeySet } from '../core/dns/root-key-set.ts';
import { failureOf } from './answer-from-reply.ts';
import { exchange } from './exchange.ts';
import { typeNumbers } from './reply.ts';
import type { ReplyRecord } from './reply.ts';
import type { Server } from './server.ts';

export interface RootKeyQuery {
  /** For UDP, and the same again for TCP. */
  readonly timeoutMs: number;
  /** An unpredictable integer from 0 up to, not including, the limit. */
  readonly random: (limit: number) => number;
  readonly signal: AbortSignal;
}

/**
 * Asks any server for the keys of the root with their signatures. They are sometimes larger than a datagram, so this
 * also shows whether the server can be reached by TCP.
 *
 * @throws the reason of the signal, and nothing else
 */
export async function askRootKeys(
  server: Server,
  { timeoutMs, random, signal }: RootKeyQuery,
): Promise<RootKeySet | Failed> {
  const query = { id: random(65_536), name: '.', type: 'DNSKEY', checkingDisabled: true } as const;
  const outcome = await exchange(server, query, timeoutMs, signal);
  if (outcome.kind === 'failed') return outcome;
  const failure = failureOf(outcome.reply);
  if (failure !== undefined) return failure;
  return rootKeySet({
    keys: rdataOf(outcome.reply.answers, typeNumbers.DNSKEY),
    signatures: rdataOf(outcome.reply.answers, typeNumbers.RRSIG),
  });
}

function rdataOf(answers: readonly ReplyRecord[], type: number): Uint8Array[] {
  const own = answers.filter((record) => record.owner === '.' && record.type === type);
  return own.flatMap(({ rdata }) => rdata ?? []);
}
