import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '../../test/lab/until.ts';
import { countCalls } from './system-calls.ts';

/** A relay whose work is counted, and its Redis. */
export interface Counted {
  readonly relay: number;
  readonly redis: number;
  readonly redisSocket: string;
  /** The file into which count-allocations.ts writes. */
  readonly allocations: string;
}

/** What was counted -> how often, for each message. */
export type Budget = Readonly<Record<string, number>>;

/**
 * Counts what happens during `work`, per message: calls that read and write, commands and octets of Redis, octets that
 * are allocated; and calls by name and instructions, where this machine counts them.
 */
export async function count(what: Counted, messages: number, work: () => Promise<void>): Promise<Budget> {
  await allocated(what);
  const relayCalls = await countCalls(what.relay);
  const redisCalls = await countCalls(what.redis);
  const before = await readings(what);
  await work();
  const after = await readings(what);
  const { heap, external } = await allocated(what);
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(after)) counts[name] = value - (before[name] ?? 0);
  counts['relay octets allocated'] = heap;
  counts['relay octets allocated outside the heap'] = external;
  for (const [process, calls] of [
    ['relay', await relayCalls()],
    ['Redis', await redisCalls()],
  ] as const) {
    for (const [name, value] of Object.entries(calls ?? {})) counts[`${process} ${name}`] = value;
  }
  // What this machine does not tell, such as the calls of another user's process, is not counted.
  const told = Object.entries(counts).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(told.map(([name, value]) => [name, value / messages]));
}

async function readings({ relay, redis, redisSocket }: Counted): Promise<Record<string, number>> {
  const info = await redisInfo(redisSocket);
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  const calls = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  // What this very reading asks for is not counted.
  const asked = calls.filter(([, name]) => name !== 'info' && name !== 'ping');
  // Scripts call commands inside Redis, which are counted there as well: those that travel are calls of scripts and the rest.
  return {
    'relay reads': callsOf(relay, 'syscr'),
    'relay writes': callsOf(relay, 'syscw'),
    'Redis reads': callsOf(redis, 'syscr'),
    'Redis writes': callsOf(redis, 'syscw'),
    'Redis octets in': field('total_net_input_bytes'),
    'Redis octets out': field('total_net_output_bytes'),
    'Redis octets to disk': field('aof_current_size') || 0,
    'Redis scripts': calls
      .filter(([, name]) => name === 'evalsha' || name === 'eval')
      .reduce((sum, [, , times]) => sum + Number(times), 0),
    'Redis commands, those in scripts included': asked.reduce((sum, [, , times]) => sum + Number(times), 0),
  };
}

/** Calls that read or write, whatever they are named (proc(5)). */
function callsOf(pid: number, name: 'syscr' | 'syscw'): number {
  try {
    return Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

async function redisInfo(socket: string): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-s', socket, 'INFO', 'all']);
  return stdout.replaceAll('\r', '');
}

async function allocated({
  relay,
  allocations,
}: Counted): Promise<{ readonly heap: number; readonly external: number }> {
  await rm(allocations, { force: true });
  process.kill(relay, 'SIGUSR2');
  let found = '';
  await until(
    async () => (found = await readFile(allocations, 'utf8').catch(() => '')) !== '',
    'allocations are told',
    10_000,
  );
  return JSON.parse(found) as { heap: number; external: number };
}
