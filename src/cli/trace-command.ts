import { readTraceFilter } from '../core/trace/trace-filter.ts';
import type { TraceRecord } from '../core/trace/trace-record.ts';
import { traceLines } from '../core/trace/trace-text.ts';
import { StreamRefused, streamStatus } from '../status/ask-status.ts';
import { UsageError } from './usage-error.ts';

export interface TraceWishes {
  readonly domains: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly recipients: readonly string[];
  /** A number of sessions. */
  readonly count?: string | undefined;
  readonly json: boolean;
}

export interface TraceMeans {
  /** Of the process that delivers; of several, the first at which a relay answers. */
  readonly socketPaths: readonly string[];
  /** Aborted when the operator has seen enough. */
  readonly signal: AbortSignal;
  /** False once nobody reads it. */
  readonly print: (line: string) => boolean;
  readonly warn: (line: string) => void;
}

/** Why there is nothing more to see, for an operator who wanted more. */
export type TraceEnd = 'seen' | { readonly problem: string };

/** Shows the sessions of a running relay until the operator has seen enough. Throws UsageError. */
export async function traceSessions(wishes: TraceWishes, means: TraceMeans): Promise<TraceEnd> {
  const most = countOf(wishes.count);
  const path = `/api/trace?${queryOf(wishes).toString()}`;
  for (const socketPath of means.socketPaths) {
    const ended = await follow(socketPath, path, { ...means, json: wishes.json, most });
    if (ended !== 'nobody') return ended;
  }
  return { problem: 'no relay that delivers mail is running here' };
}

interface Following extends Pick<TraceMeans, 'signal' | 'print' | 'warn'> {
  readonly json: boolean;
  readonly most: number;
}

/** Reads one relay; `nobody` if none answers there, or one that has no sessions. */
async function follow(
  socketPath: string,
  path: string,
  { signal, print, warn, json, most }: Following,
): Promise<TraceEnd | 'nobody'> {
  let isHeard = false;
  let left = most;
  try {
    for await (const line of streamStatus(socketPath, path, signal)) {
      const record = JSON.parse(line) as TraceRecord;
      if (!isHeard) warn('listening; ^C ends');
      isHeard = true;
      if (record.kind === 'stopped') return { problem: 'the relay has stopped' };
      const lines = json ? [line] : traceLines(record, timeText);
      if (!lines.every((text) => print(text))) return 'seen';
      if (record.kind === 'ended' && (left -= 1) === 0) return 'seen';
    }
    return signal.aborted ? 'seen' : { problem: 'the relay has stopped' };
  } catch (error) {
    if (signal.aborted) return 'seen';
    if (error instanceof StreamRefused && error.status !== 404) return { problem: refusalOf(error.message) };
    return isHeard ? { problem: 'the relay has stopped' } : 'nobody';
  }
}

function queryOf({ domains, hosts, addresses, recipients }: TraceWishes): URLSearchParams {
  const query = new URLSearchParams();
  for (const domain of domains) query.append('domain', domain);
  for (const host of hosts) query.append('host', host);
  for (const address of addresses) query.append('address', address);
  for (const recipient of recipients) query.append('recipient', recipient);
  const filter = readTraceFilter(query);
  if ('problem' in filter) throw new UsageError(`--${filter.problem}.`);
  return query;
}

function countOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--count is a number of sessions, not "${text}".`);
  return Number(text);
}

function refusalOf(body: string): string {
  try {
    return (JSON.parse(body) as { readonly error?: string }).error ?? body;
  } catch {
    return body;
  }
}

/** `23:01:02.123`, here. */
function timeText(at: number): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
