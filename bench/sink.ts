import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../test/lab/certificates.ts';

const program = new URL('../test/lab/sink-main.js', import.meta.url).pathname;

/** What the sink has received since it was started. Times are epoch milliseconds. */
export interface SinkCount {
  readonly messages: number;
  readonly connections: number;
  /** Most of them open at the same time at one host. */
  readonly mostOpen: number;
  readonly plaintext: number;
  readonly duplicates: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** The mail hosts of the bench, in a process of their own. */
export interface Sink extends AsyncDisposable {
  count(): Promise<SinkCount>;
  /** How long each message since the last call was under way, from its submission to the sink, milliseconds. */
  delays(): Promise<readonly number[]>;
  /** Resolves to the count when there are so many messages, or when none has come for `patienceMs`. */
  waitFor(messages: number, patienceMs: number, signal: AbortSignal): Promise<SinkCount>;
}

export interface SinkPlace {
  readonly addresses: readonly string[];
  readonly port: number;
  /** For the files of its certificate. */
  readonly directory: string;
  readonly roundTripMs: number;
}

/** `certificates` as sent, its own first. */
export async function startSink(place: SinkPlace, certificates: readonly Certificate[]): Promise<Sink> {
  const [certFile, keyFile] = ['sink-cert.pem', 'sink-key.pem'].map((name) =>
    path.join(place.directory, name),
  ) as [string, string];
  const pem = certificates.map((certificate) => certificate.pem).join('');
  await Promise.all([writeFile(certFile, pem), writeFile(keyFile, certificates[0]?.privateKeyPem ?? '')]);
  const args = [
    place.addresses.join(','),
    String(place.port),
    '--name',
    'mx.bench.test',
    '--cert',
    certFile,
    '--key',
    keyFile,
    '--delay-ms',
    String(place.roundTripMs),
  ];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function line(): Promise<string> {
    const next = await lines.next();
    if (next.done === true) throw new Error('the sink has ended');
    return next.value;
  }
  async function count(): Promise<SinkCount> {
    child.stdin.write('count\n');
    return JSON.parse(await line()) as SinkCount;
  }
  async function delays(): Promise<readonly number[]> {
    child.stdin.write('delays\n');
    return (JSON.parse(await line()) as { readonly delaysMs: readonly number[] }).delaysMs;
  }

  // Its first line says that it listens.
  await line();
  return {
    count,
    delays,
    async waitFor(messages, patienceMs, signal) {
      let [seen, changedAt] = [-1, Date.now()];
      for (;;) {
        const now = await count();
        if (now.messages >= messages) return now;
        if (now.messages !== seen) [seen, changedAt] = [now.messages, Date.now()];
        if (Date.now() - changedAt > patienceMs) return now;
        await sleep(25, undefined, { signal });
      }
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}
