import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandCutter, type RespCommand } from './resp-commands.ts';

export interface RedisProxy extends AsyncDisposable {
  readonly socketPath: string;
  /** Commands that came through so far. */
  readonly commands: number;
  /** What is said on the way there, and what on the way back, waits until `resume`. */
  stall(direction: 'requests' | 'replies' | 'both'): void;
  resume(): void;
  /** Those connections that there are pass nothing on any more, as when a host is gone without a word; new ones do. */
  freeze(): void;
  /** Those connections that there are end at once; what was on its way is lost. */
  cut(): void;
  /** Whatever is asked from now on, on any connection, does not get through and is answered with this. */
  babble(answer: string | undefined): void;
  /** Connections from now on lead elsewhere; those that there are stay. */
  leadTo(socketPath: string): void;
}

/** Decides what becomes of each command. */
export interface CommandJudge {
  /** One that `is lost` does not get to Redis; one that `is never answered` is carried out there. Then its connection ends. */
  fateOf(command: RespCommand): 'passes' | 'is lost' | 'is never answered';
  /** Is called before that end. */
  onCut(): void;
}

/** Stands between a relay and its Redis, as a network does. */
export async function startRedisProxy(target: string, judge?: CommandJudge): Promise<RedisProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'dr-proxy-'));
  const socketPath = join(directory, 'redis.sock');
  const sockets = new Set<Socket>();
  const ways: { readonly from: Socket; readonly direction: 'requests' | 'replies' }[] = [];
  let current = target;
  let stalled: 'requests' | 'replies' | 'both' | 'none' = 'none';
  let commands = 0;
  let babbled: string | undefined;
  /** Connections to Redis of which nobody hears any more. */
  const unheard = new WeakSet<Socket>();

  /** Redis takes commands in the order they reach it: whatever follows this one is answered after it was synced. */
  function judged(judge: CommandJudge, client: Socket, redis: Socket): (chunk: Buffer) => void {
    const cutter = new CommandCutter();
    const cut = (): void => {
      judge.onCut();
      client.destroy();
    };
    return (chunk) => {
      for (const command of cutter.feed(chunk)) {
        const fate = judge.fateOf(command);
        if (fate === 'is lost') return cut();
        if (fate === 'is never answered') unheard.add(redis);
        redis.write(command.bytes);
        if (fate === 'is never answered') return void untilAnswered(current).then(cut);
      }
    };
  }

  function isStalled(direction: 'requests' | 'replies'): boolean {
    return stalled === 'both' || stalled === direction;
  }

  function pass(from: Socket, to: Socket, direction: 'requests' | 'replies'): void {
    sockets.add(from);
    const way = { from, direction };
    ways.push(way);
    const give =
      judge === undefined || direction === 'replies'
        ? (chunk: Buffer) => void (unheard.has(from) || to.write(chunk))
        : judged(judge, from, to);
    from.on('data', (chunk: Buffer) => {
      if (direction === 'requests') commands += chunk.toString('latin1').match(/\*\d+\r\n\$/g)?.length ?? 0;
      if (direction === 'requests' && babbled !== undefined) from.write(babbled);
      else give(chunk);
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      if (ways.includes(way)) ways.splice(ways.indexOf(way), 1);
      to.destroy();
    });
    if (isStalled(direction)) from.pause();
  }

  const server = createServer((client) => {
    const redis = connect(current);
    pass(client, redis, 'requests');
    pass(redis, client, 'replies');
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    get commands() {
      return commands;
    },
    stall(direction) {
      stalled = direction;
      for (const way of ways) if (isStalled(way.direction)) way.from.pause();
    },
    resume() {
      stalled = 'none';
      for (const way of ways) way.from.resume();
    },
    freeze() {
      for (const { from } of ways.splice(0)) {
        from.removeAllListeners('data');
        from.pause();
      }
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    babble(answer) {
      babbled = answer;
    },
    leadTo(path) {
      current = path;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilAnswered(redisPath: string): Promise<void> {
  const socket = connect(redisPath);
  socket.on('error', () => {});
  socket.write('PING\r\n');
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
}
