import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { CommandCutter, type RespCommand } from './resp-commands.ts';
import { allScripts, sha1 } from './script-names.ts';

/** A command that writes, by name, and the how-manieth of that name, 1 at first. */
export interface Boundary {
  readonly name: string;
  readonly nth: number;
}

/** Stands between the relay and its Redis, and strikes at one write. */
export interface RedisProxy extends AsyncDisposable {
  readonly socketPath: string;
  /** From now on writes are counted. */
  arm(): void;
  /** Every write since then, in order. */
  readonly boundaries: readonly Boundary[];
  /** Whether it struck. */
  readonly struck: boolean;
}

export interface Strike {
  readonly at: Boundary;
  /** Before Redis sees it; or after it was executed, and is on disk, and before the relay hears of it. */
  readonly when: 'before' | 'after';
  /** Kills somebody, at once. */
  readonly kill: () => void;
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

export async function startRedisProxy(
  socketPath: string,
  redisPath: string,
  strike: Strike | undefined,
): Promise<RedisProxy> {
  const seen = new Map<string, number>();
  const boundaries: Boundary[] = [];
  const sockets = new Set<Socket>();
  let armed = false;
  let struck = false;

  function countWrite(command: RespCommand): Boundary | undefined {
    const name = nameOf(command);
    if (name === undefined || !armed) return undefined;
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    const boundary = { name, nth };
    boundaries.push(boundary);
    return boundary;
  }

  const server = createServer((client) => {
    const redis = connect(redisPath);
    let answersPass = true;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    const cutter = new CommandCutter();
    client.on('data', (chunk: Buffer) => {
      for (const command of cutter.feed(chunk)) {
        const at = countWrite(command);
        const isIt = !struck && at !== undefined && at.name === strike?.at.name && at.nth === strike?.at.nth;
        if (!isIt || strike === undefined) {
          redis.write(command.bytes);
          continue;
        }
        struck = true;
        if (strike.when === 'before') {
          strike.kill();
          client.destroy();
          return;
        }
        answersPass = false;
        redis.write(command.bytes);
        // Redis takes commands in the order they reach it: whatever follows this one is answered after it was synced.
        void untilAnswered(redisPath).then(() => {
          strike.kill();
          client.destroy();
        });
        return;
      }
    });
    redis.on('data', (chunk: Buffer) => {
      if (answersPass) client.write(chunk);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');

  return {
    socketPath,
    boundaries,
    arm() {
      armed = true;
    },
    get struck() {
      return struck;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(socketPath, { force: true });
    },
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

async function untilAnswered(redisPath: string): Promise<void> {
  const socket = connect(redisPath);
  socket.on('error', () => {});
  socket.write('PING\r\n');
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
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
