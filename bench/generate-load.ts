import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const program = new URL('load-main.js', import.meta.url).pathname;

/** What the load generator has to say. Times are epoch milliseconds. */
export interface LoadReport {
  /** Just before the first connection. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Messages that got their 250. */
  readonly accepted: number;
  /** Why connections ended early, and what was on its way in them was not accepted. */
  readonly refusals: readonly string[];
  /** From the end of the message to its 250. */
  readonly acceptMs: { readonly p50: number; readonly p99: number };
}

export interface Load {
  readonly address: string;
  readonly port: number;
  readonly messages: number;
  readonly sessions: number;
  readonly messagesPerConnection: number;
  readonly sizeBytes: number;
  /** Recipient domains, which take turns. */
  readonly domains: number;
  /** Zone of these domains; default the one whose hosts are the sink. */
  readonly zone?: string;
  /** Each session waits so long after a message. */
  readonly pauseMs?: number;
  /** All of them together send so many a second; absent: as fast as they are served. */
  readonly messagesPerSecond?: number;
  /** First part of every `X-Bench-Id`; not to be used twice. */
  readonly tag: string;
}

/** Submits messages from a process of its own. Rejects when that process fails or `signal` is aborted. */
export async function generateLoad(load: Load, signal: AbortSignal): Promise<LoadReport> {
  const options = {
    messages: load.messages,
    sessions: load.sessions,
    'per-connection': load.messagesPerConnection,
    size: load.sizeBytes,
    domains: load.domains,
    zone: load.zone ?? 'bench.test',
    'pause-ms': load.pauseMs ?? 0,
    rate: load.messagesPerSecond ?? 0,
    tag: load.tag,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', process.execPath, program, load.address, String(load.port), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], signal },
  );
  const [output, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(output) as LoadReport;
}
