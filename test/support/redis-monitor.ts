import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { scripts } from '../../src/queue/scripts/scripts.ts';
import { textOf } from '../../src/queue/scripts/script.ts';

/** A Redis that is away is looked for again after this. */
const PAUSE_MS = 100;
/** Of a command so much is told. */
const LONGEST = 4_000;

const names = new Map(
  Object.entries(scripts).map(([name, script]) => [
    createHash('sha1').update(textOf(script)).digest('hex'),
    name,
  ]),
);
const texts = Object.entries(scripts).map(([name, script]) => [escaped(textOf(script)), name] as const);

/**
 * Tells of every command that a Redis carries out, those in scripts and those of its master included, with the time on its
 * clock: `1764484000.123456 lua "zadd" …`. One that was killed is listened to again when it is back.
 */
export function monitorRedis(socketPath: string, told: (command: string) => void): AsyncDisposable {
  let socket: Socket | undefined;
  const over = new AbortController();

  async function listen(): Promise<void> {
    socket = connect(socketPath, () => socket?.write('MONITOR\r\n'));
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    socket.on('error', () => {});
    const lines = createInterface({ input: socket });
    // It repeats the errors of what it reads from.
    lines.on('error', () => {});
    lines.on('line', (line) => {
      // `+TIME [DATABASE CLIENT] "COMMAND" "ARGUMENT" …`
      const found = /^\+([\d.]+) \[\d+ (\S+)\] (.*)$/.exec(line.slice(0, LONGEST));
      if (found === null) return;
      const [, at = '', client = '', command = ''] = found;
      told(`${at} ${client === 'lua' ? 'lua' : 'call'} ${readable(command, line)}`);
    });
    await closed;
  }

  async function keepListening(): Promise<void> {
    while (!over.signal.aborted) {
      await listen();
      await sleep(PAUSE_MS);
    }
  }

  const listening = keepListening();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      socket?.destroy();
      await listening;
    },
  };
}

/** The name of a script stands for its hash, or its text. */
function readable(command: string, line: string): string {
  const hash = /^"evalsha" "(\w{40})"/i.exec(command)?.[1];
  if (hash !== undefined)
    return `${names.get(hash) ?? hash}${command.slice('"evalsha" ""'.length + hash.length)}`;
  if (!/^"eval" /i.test(command)) return command;
  const [text = '', name] = texts.find(([one]) => line.includes(one)) ?? [];
  if (name === undefined) return command;
  const behind = line.indexOf(text) + text.length + 1;
  return `${name}${line.slice(behind, behind + LONGEST)}`;
}

/** As MONITOR shows it. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
}
