import { once } from 'node:events';
import { watch, type FSWatcher } from 'node:fs';
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { isDropName } from '../core/sendmail/dropped-mail.ts';
import { notPickedUp } from './log-lines.ts';
import { Pickup, type PickupPorts } from './pickup.ts';
import { maildropPlaces, type MaildropPlaces } from './places.ts';

/** The exclusive right to a file; undefined when another process has it. */
type Lock = (path: string) => Promise<{ close(): void } | undefined>;

export interface Maildrop {
  /** Why it does not work any more; undefined while it does, and where it never did: a line of the log says why. */
  trouble(): string | undefined;
  /** Takes nothing more. Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** Everybody may write files in there, and remove their own; the relay alone sees which there are. */
const DROP_MODE = 0o1733;
const SWEEP_MS = 10_000;
/** So many programs may wait for an answer at the same time; the others' messages are taken by the sweep. */
const mostCallers = 500;
const CALLER_MS = 60_000;
const longestCall = 100;

/**
 * Serves the maildrop of a spool directory: takes what is there, what comes, and what programs ask to be taken. A maildrop
 * that cannot be served is told of and does not hinder the relay. Never rejects.
 */
export async function serveMaildrop(
  spoolDirectory: string,
  ports: PickupPorts & { readonly lock: Lock },
): Promise<Maildrop> {
  const places = maildropPlaces(spoolDirectory);
  const pickup = new Pickup(places, ports);
  let lock: Awaited<ReturnType<Lock>>;
  let server: Server | undefined;
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const callers = new Set<Socket>();
  try {
    await makePlaces(spoolDirectory, places);
    lock = await ports.lock(places.lock);
    if (lock === undefined) throw new Error(`another relay serves ${spoolDirectory}`);
    server = await listen(places.socket, pickup, callers);
    watcher = watch(places.directory, () => void pickup.sweep());
    // Without it the sweep finds everything, only later.
    watcher.on('error', () => watcher?.close());
    timer = setInterval(() => void pickup.sweep(), SWEEP_MS);
    void pickup.sweep();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.log(notPickedUp(reason));
  }
  return {
    trouble: () => pickup.trouble,
    async stop() {
      clearInterval(timer);
      watcher?.close();
      const closed = server === undefined ? undefined : close(server);
      await pickup.stop();
      for (const caller of callers) caller.destroy();
      await closed;
      lock?.close();
    },
  };
}

async function makePlaces(spoolDirectory: string, places: MaildropPlaces): Promise<void> {
  await make(spoolDirectory, 0o755);
  await make(places.directory, DROP_MODE);
  await make(places.corrupt, 0o700);
}

/** What is there already stays as the operator has made it, if nobody else has. */
async function make(path: string, mode: number): Promise<void> {
  const made = await mkdir(path, { mode: 0o700, recursive: true });
  // Whatever the umask is.
  if (made !== undefined) return chmod(path, mode);
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} is no directory`);
  const uid = process.getuid?.();
  if (found.uid !== uid && uid !== 0) throw new Error(`${path} belongs to another user (${found.uid})`);
}

async function listen(path: string, pickup: Pickup, callers: Set<Socket>): Promise<Server> {
  const server = createServer((socket) => {
    callers.add(socket);
    socket.on('close', () => callers.delete(socket));
    hear(socket, pickup);
  });
  server.maxConnections = mostCallers;
  // Whoever held it is gone: this process has the lock.
  await unlink(path).catch(() => {});
  server.listen({ path });
  await once(server, 'listening');
  server.on('error', () => {});
  await chmod(path, 0o666);
  return server;
}

/** One line with a name, and one with the reply. */
function hear(socket: Socket, pickup: Pickup): void {
  let said = '';
  socket.on('error', () => {});
  socket.setTimeout(CALLER_MS, () => socket.destroy());
  socket.setEncoding('latin1').on('data', (text: string) => {
    if (said.includes('\n')) return;
    said += text;
    const end = said.indexOf('\n');
    if (end < 0 && said.length <= longestCall) return;
    const name = said.slice(0, Math.max(end, 0));
    said = '\n';
    const reply = isDropName(name) ? pickup.take(name) : Promise.resolve('501 5.5.4 Error: not a name');
    void reply.then((text) => socket.end(`${text}\n`));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
