import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type {
  ConnectionEvents,
  createConnections,
  ClientConnection,
  ConnectionInput,
} from '../../../src/intake/connection/client-connection.ts';

type CreateConnections = typeof createConnections;

/** A connection over a real socket, with a record of what it told its session. */
interface Scene extends AsyncDisposable {
  readonly connection: ClientConnection;
  /** The relay's end. */
  readonly socket: Socket;
  readonly client: Socket;
  /** `opened`, `read EHLO x`, `serve EHLO`, `reply 500 …`, `ended`, `closed`, `bug …`. */
  readonly told: string[];
  readonly input: () => ConnectionInput | undefined;
  /**
   * Resolves when such a line was told, or when it cannot be any more: the socket is gone, all that the client sent was
   * read many turns ago, or nobody reads it.
   */
  readonly until: (line: string) => Promise<void>;
}

/** What the library has to do for us, by the member through which it does it. Each resolves with what came of it. */
const expectations: readonly {
  readonly member: string;
  readonly wanted: unknown;
  readonly seen: (scene: Scene) => Promise<unknown>;
}[] = [
  {
    member: '_setListeners',
    wanted: 'opened',
    seen: async ({ told }) => told[0],
  },
  {
    member: '_createParser',
    wanted: ['opened', 'read one\r\n', 'read two\r\n'],
    async seen({ client, told, until }) {
      client.write('one\r\n');
      await until('read one\r\n');
      client.write('two\r\n');
      await until('read two\r\n');
      return told;
    },
  },
  {
    member: '_armTimeout',
    wanted: 0,
    seen: async ({ socket }) => socket.timeout ?? 0,
  },
  {
    member: '_ready',
    wanted: [false, ['reply 421 4.7.0 relay.example Error: You talk too soon'], true, ['serve NOOP', 'done']],
    async seen({ connection, told }) {
      const before = connection.isGreeted;
      const early = await dispatched(connection, told, 'NOOP');
      connection.greet('220 relay.example');
      return [before, early, connection.isGreeted, await dispatched(connection, told, 'NOOP')];
    },
  },
  {
    member: '_getHandler',
    wanted: ['serve NOOP', 'done'],
    async seen({ connection, told }) {
      connection.greet('220 relay.example');
      return dispatched(connection, told, 'NOOP');
    },
  },
  {
    member: '_getEnhancedStatusCode',
    wanted: ['reply 500 5.5.2 Error: command not recognized', 'done'],
    async seen({ connection, told }) {
      connection.greet('220 relay.example');
      // The library has this command, the session does not.
      return dispatched(connection, told, 'HELP');
    },
  },
  {
    member: '_unrecognizedCommands',
    wanted: 'reply 500 5.5.2 Error: command not recognized',
    async seen({ connection, told }) {
      connection.greet('220 relay.example');
      for (let times = 0; times < 20; times += 1) await dispatched(connection, told, 'HELP');
      return told.findLast((line) => line.startsWith('reply'));
    },
  },
  {
    member: 'hostNameAppearsAs',
    wanted: [
      ['reply 503 5.5.1 Error: send HELO/EHLO first', 'done'],
      ['serve MAIL', 'done'],
    ],
    async seen({ connection, told }) {
      connection.greet('220 relay.example');
      const early = await dispatched(connection, told, 'MAIL FROM:<>');
      connection.acceptHelo('client.example');
      return [early, await dispatched(connection, told, 'MAIL FROM:<>')];
    },
  },
  {
    member: 'logger',
    wanted: ['serve THROW', 'bug Error: thrown', 'reply 451 4.3.0 Error: internal server error', 'done'],
    async seen({ connection, told }) {
      connection.greet('220 relay.example');
      return dispatched(connection, told, 'THROW');
    },
  },
  {
    member: '_onCommand',
    wanted: ['serve NOOP', 'serve NOOP', 'done'],
    async seen({ connection, told, socket, client }) {
      connection.greet('220 relay.example');
      client.pause();
      while (!socket.writableNeedDrain && connection.write('x'.repeat(65_536)));
      const asked = await dispatched(connection, told, 'NOOP');
      client.resume();
      if (socket.writableNeedDrain) await once(socket, 'drain');
      return [...asked, ...(await dispatched(connection, told, 'NOOP'))];
    },
  },
  {
    member: '_flushData',
    wanted: ['read NOO', 'ended', 'the client reads the end'],
    async seen({ client, told, until }) {
      client.once('end', () => told.push('the client reads the end'));
      client.resume();
      client.end('NOO');
      await until('the client reads the end');
      return told.slice(1).filter((line) => line !== 'closed');
    },
  },
  {
    member: 'isClosed',
    wanted: [false, true],
    async seen({ connection, client, input, until }) {
      client.write('x');
      await until('read x');
      const before = input()?.isClosed;
      connection.close();
      return [before, input()?.isClosed];
    },
  },
  {
    member: 'close',
    wanted: ['read x', 'closed'],
    async seen({ connection, client, told, until }) {
      client.write('x');
      await until('read x');
      connection.close();
      client.resume();
      client.end('not read any more');
      await until('closed');
      return told.slice(1).filter((line) => line !== 'ended');
    },
  },
  {
    member: '_onError',
    wanted: ['closed'],
    async seen({ socket, told, until }) {
      socket.destroy(new Error('of the socket'));
      await until('closed');
      return told.slice(1);
    },
  },
  {
    member: '_onClose',
    wanted: [false, true],
    async seen({ connection, client, input, until }) {
      client.write('x');
      await until('read x');
      const before = input()?.isClosed;
      connection.release();
      return [before, input()?.isClosed];
    },
  },
];

/** What the library does not do as our code expects, one sentence each. */
export async function behaviourFaults(create: CreateConnections): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { member, wanted, seen } of expectations) {
    await using scene = await stage(create);
    const found = JSON.stringify(await seen(scene));
    if (found !== JSON.stringify(wanted)) {
      faults.push(`${member}: ${JSON.stringify(wanted)} wanted, ${found} found`);
    }
  }
  return faults;
}

/** What a command line brings about within some turns of the event loop; `done` is when the next one is asked for. */
async function dispatched(
  connection: ClientConnection,
  told: readonly string[],
  line: string,
): Promise<readonly string[]> {
  const before = told.length;
  let isDone = false;
  connection.dispatch(Buffer.from(line), () => {
    isDone = true;
  });
  for (let turns = 0; turns < 5; turns += 1) await turn();
  return [...told.slice(before), ...(isDone ? ['done'] : [])];
}

async function stage(create: CreateConnections): Promise<Scene> {
  const told: string[] = [];
  const open = create({ hostname: 'relay.example', bug: (error) => told.push(`bug ${String(error)}`) });
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  const client = connect(address.port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = (await once(listener, 'connection')) as [Socket];
  let input: ConnectionInput | undefined;
  const events: ConnectionEvents = {
    createReader(given) {
      input = given;
      return {
        read(octets, next) {
          told.push(`read ${octets.toString()}`);
          next();
        },
        ended: () => told.push('ended'),
      };
    },
    isServed: (verb) => ['NOOP', 'MAIL', 'THROW'].includes(verb),
    serve(verb, _line, done) {
      told.push(`serve ${verb}`);
      if (verb === 'THROW') throw new Error('thrown');
      done();
    },
    reply: (reply) => told.push(`reply ${reply}`),
    closed: () => told.push('closed'),
  };
  const connection = open(socket, events);
  connection.open(() => told.push('opened'));
  // Registered behind the library's listener, so that closed() has been called by then if it ever is.
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  return {
    connection,
    socket,
    client,
    told,
    input: () => input,
    async until(line) {
      let turns = 0;
      let turnsSinceRead = 0;
      while (!told.includes(line) && !gone.signal.aborted && turns < 20_000 && turnsSinceRead < 500) {
        const isRead =
          socket.bytesRead === client.bytesWritten && socket.readableEnded === client.writableEnded;
        if (isRead || socket.destroyed) turnsSinceRead += 1;
        turns += 1;
        await turn();
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
