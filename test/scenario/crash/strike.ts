import { connect } from 'node:net';
import type { CommandJudge } from '../../support/redis-proxy.ts';
import type { RespCommand } from '../../support/resp-commands.ts';
import { allScripts, sha1 } from './script-names.ts';

/** A command that writes, by name, and the how-manieth of that name, 1 at first. */
export interface Boundary {
  readonly name: string;
  readonly nth: number;
}

/** Where somebody is killed. */
export interface Strike {
  readonly at: Boundary;
  /** Before Redis sees it; or after it was executed, and is on disk, and before the relay hears of it. */
  readonly when: 'before' | 'after';
  /** Kills somebody, at once. */
  readonly kill: () => void;
}

/** Counts what a relay writes, and strikes at one write. */
export interface Striker extends CommandJudge {
  /** From now on writes are counted. */
  arm(): void;
  /** Every write since then, in order. */
  readonly boundaries: readonly Boundary[];
  /** Whether it struck. */
  readonly struck: boolean;
}

const names = new Map([...allScripts()].map(([name, text]) => [sha1(text), name]));
const plainWrites = new Set(['RPUSH', 'ZADD', 'MULTI', 'EXEC', 'UNLINK', 'ZREM', 'DEL', 'HSET', 'SADD']);
/** What only looks, or is done by the clock rather than for a message. */
const notCounted = new Set([
  'audit',
  'keep',
  'renew',
  'unfinished',
  'bull:extendLock',
  'bull:extendLocks',
  'bull:moveStalledJobsToWait',
]);

export function striker(strike: Strike | undefined): Striker {
  const seen = new Map<string, number>();
  const boundaries: Boundary[] = [];
  let armed = false;
  let struck = false;

  return {
    boundaries,
    arm() {
      armed = true;
    },
    get struck() {
      return struck;
    },
    fateOf(command) {
      const name = nameOf(command);
      if (name === undefined || !armed) return 'passes';
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      boundaries.push({ name, nth });
      if (struck || strike === undefined || name !== strike.at.name || nth !== strike.at.nth) return 'passes';
      struck = true;
      return strike.when === 'before' ? 'is lost' : 'is never answered';
    },
    onCut: () => strike?.kill(),
  };
}

function nameOf({ words }: RespCommand): string | undefined {
  const [verb = '', second = ''] = words;
  const upper = verb.toUpperCase();
  if (upper === 'EVALSHA' || upper === 'EVAL') {
    const name = names.get(upper === 'EVAL' ? sha1(second) : second) ?? 'unknown script';
    return notCounted.has(name) ? undefined : name;
  }
  return plainWrites.has(upper) ? upper : undefined;
}

/** So that the first use of a script is one command, as all later ones are. */
export async function loadScripts(redisPath: string): Promise<void> {
  const socket = connect(redisPath);
  const texts = [...allScripts().values()];
  for (const text of texts) {
    socket.write(`*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$${Buffer.byteLength(text)}\r\n${text}\r\n`);
  }
  let answers = '';
  for await (const chunk of socket) {
    answers += String(chunk);
    if ((answers.match(/^\$40\r$/gm) ?? []).length >= texts.length) break;
  }
  socket.destroy();
}
