import type { Redis } from 'ioredis';
import { asQueueError, noAnswer } from '../redis/queue-error.ts';
import { StrangeAnswer, type ScriptAnswer } from '../scripts/answer.ts';
import { scriptCaller } from '../redis/script-command.ts';
import { textOf, type Script } from '../scripts/script.ts';
import { scripts } from '../scripts/scripts.ts';
import { healthCommands, type HealthCommands } from './health-commands.ts';
import { plainCommands, type PlainCommands } from './plain-commands.ts';
import { whatIfCommands, type WhatIfCommands } from './what-if-commands.ts';
import { stickyCommands, type StickyCommands } from './sticky-commands.ts';
import { stsCommands, type StsCommands } from './sts-commands.ts';

type Scripts = typeof scripts;
type Call<One> = One extends Script<infer Input, infer Output> ? (input: Input) => Promise<Output> : never;
type ScriptCalls = { readonly [Name in keyof Scripts]: Call<Scripts[Name]> };

/** The queue as it is stored. Every call rejects only with QueueError. */
export interface QueueStore extends ScriptCalls, PlainCommands {
  readonly sts: StsCommands;
  readonly sticky: StickyCommands;
  readonly whatIf: WhatIfCommands;
  readonly health: HealthCommands;
}

/**
 * The queue with this base of keys, over this connection. A call is sent before it returns. A script goes as EVALSHA;
 * the first time over a connection, and after Redis has forgotten it, as EVAL. In the latter case calls made in between
 * come before it, unless it is `inTurn`.
 */
export function openQueueStore(redis: Redis, base: string): QueueStore {
  return {
    ...scriptCalls(redis, base),
    ...plainCommands(redis, base),
    sts: stsCommands(redis, base),
    sticky: stickyCommands(redis, base),
    whatIf: whatIfCommands(redis, base),
    health: healthCommands(redis, base),
  };
}

function scriptCalls(redis: Redis, base: string): ScriptCalls {
  const calls = Object.entries(scripts).map(
    ([name, script]) => [name, callOf(redis, base, script as Script<never, unknown>)] as const,
  );
  return Object.fromEntries(calls) as unknown as ScriptCalls;
}

function callOf<Input, Output>(
  redis: Redis,
  base: string,
  script: Script<Input, Output>,
): (input: Input) => Promise<Output> {
  const { encode, decode, inTurn = false } = script;
  const call = scriptCaller(redis, textOf(script), inTurn);
  return async (input) => {
    const words = [base, ...encode(input)];
    let answer: ScriptAnswer;
    try {
      // What a script answers may be octets of mail.
      answer = (await call(words)) as ScriptAnswer;
    } catch (error) {
      throw asQueueError(error);
    }
    try {
      return decode(answer);
    } catch (error) {
      throw error instanceof StrangeAnswer ? noAnswer() : error;
    }
  };
}
