import type { Redis } from 'ioredis';
import { asked } from '../redis/queue-error.ts';
import { answersOf } from './plain-calls.ts';

/** What is stored of policies that are tried out, by day. Calls reject with QueueError. */
export interface WhatIfCommands {
  /** Names and counts of a day. */
  counts(day: string): Promise<Readonly<Record<string, string>>>;
  /** By the same names: a number, a blank, and the queue id. */
  ids(day: string): Promise<Readonly<Record<string, string>>>;
  /** How many names there are, and which of these. */
  known(
    day: string,
    names: readonly string[],
  ): Promise<{ readonly count: number; readonly known: ReadonlySet<string> }>;
  /** Adds to counts; what they are then. */
  add(day: string, added: ReadonlyMap<string, number>, until: number): Promise<ReadonlyMap<string, number>>;
  putIds(day: string, ids: Readonly<Record<string, string>>, until: number): Promise<void>;
}

export function whatIfCommands(redis: Redis, base: string): WhatIfCommands {
  const counts = (day: string): string => `${base}what-if:${day}`;
  const ids = (day: string): string => `${base}what-if-ids:${day}`;

  return {
    counts: (day) => asked(redis.hgetall(counts(day))),
    ids: (day) => asked(redis.hgetall(ids(day))),
    async known(day, names) {
      const [count, values] = await asked(
        Promise.all([redis.hlen(counts(day)), names.length === 0 ? [] : redis.hmget(counts(day), ...names)]),
      );
      return { count, known: new Set(names.filter((_, place) => (values[place] ?? null) !== null)) };
    },
    async add(day, added, until) {
      const calls = redis.multi();
      for (const [name, by] of added) calls.hincrby(counts(day), name, by);
      const answers = await answersOf(calls.pexpireat(counts(day), Math.ceil(until)));
      return new Map([...added.keys()].map((name, place) => [name, Number(answers[place])]));
    },
    async putIds(day, put, until) {
      if (Object.keys(put).length === 0) return;
      await answersOf(redis.multi().hset(ids(day), put).pexpireat(ids(day), Math.ceil(until)));
    },
  };
}
