import { accept, adopt, discard, fence, keep, unfinished, withdraw } from './scripts/intake.ts';
import { hasten, move, suspend, wait, warn } from './scripts/moves.ts';
import { flush, flushOne, forget, note, unhold } from './scripts/operator.ts';
import { begin, hear, leave, regain, release, renew, rest, settle, slept, take } from './scripts/run.ts';
import { audit, mend, rewake } from './scripts/upkeep.ts';

/**
 * The moves of the queue, each one atomic and, with `appendfsync always`, on disk before Redis answers. Arguments are
 * ARGV only (key names are built from the base in ARGV[1]). Those that deliveries use are safe to run twice with the
 * same arguments, because a patient client that lost its connection sends them again.
 */

/**
 * A Redis that is full must still let mail go out: only `accept` and `adopt` obey `maxmemory`. With a first line of its own a script
 * is refused as a whole, without one it is stopped at some command in the middle. (Script flags: Redis 7.0.)
 */
function unlessFull(script: string): string {
  return `#!lua\n${script}`;
}

function evenWhenFull(script: string): string {
  return `#!lua flags=allow-oom\n${script}`;
}

/** Whatever state Redis is in, this may be asked. */
function readOnly(script: string): string {
  return `#!lua flags=no-writes\n${script}`;
}

export const scripts = {
  accept: unlessFull(accept),
  adopt: unlessFull(adopt),
  fence: evenWhenFull(fence),
  withdraw: evenWhenFull(withdraw),
  keep: evenWhenFull(keep),
  discard: evenWhenFull(discard),
  unfinished: readOnly(unfinished),
  begin: evenWhenFull(begin),
  renew: evenWhenFull(renew),
  take: evenWhenFull(take),
  regain: evenWhenFull(regain),
  leave: evenWhenFull(leave),
  hear: evenWhenFull(hear),
  settle: evenWhenFull(settle),
  warn: evenWhenFull(warn),
  release: evenWhenFull(release),
  rest: evenWhenFull(rest),
  slept: evenWhenFull(slept),
  flush: evenWhenFull(flush),
  flushOne: evenWhenFull(flushOne),
  note: evenWhenFull(note),
  unhold: evenWhenFull(unhold),
  move: evenWhenFull(move),
  forget: evenWhenFull(forget),
  suspend: evenWhenFull(suspend),
  wait: evenWhenFull(wait),
  hasten: evenWhenFull(hasten),
  audit: evenWhenFull(audit),
  mend: evenWhenFull(mend),
  rewake: evenWhenFull(rewake),
} as const;
export type ScriptName = keyof typeof scripts;
