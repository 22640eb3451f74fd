import { isIP } from 'node:net';
import type { Lookup } from '../core/dns/answer.ts';
import { messageOf } from '../core/error-words.ts';
import { inTurn } from '../core/in-turn.ts';
import { abortWith, whenAborted } from '../core/when-aborted.ts';
import { openWebConnection, type SecureWeb } from '../tls/web-connection.ts';
import { postOn, webPlaceOf, type Posted } from '../tls/web-post.ts';

export interface PostPorts {
  readonly lookup: Lookup;
  /** Whether an address may be connected to: the host of a URL is a stranger's choice. */
  readonly mayConnect: (address: string) => boolean;
  readonly families: readonly (4 | 6)[];
  /** Judges no certificate (RFC 8460 §3). */
  readonly secure: SecureWeb;
  readonly patience?: Patience;
}

export interface Patience {
  /** For all of it: names, connection, TLS, answer. */
  readonly wholeMs: number;
  /** For each address but the last, which has what is left. */
  readonly addressMs: number;
}

const usualPatience: Patience = { wholeMs: 30_000, addressMs: 10_000 };
const MOST_ADDRESSES = 3;

/**
 * Brings a report to a web server (RFC 8460 §5.4). It is our own lookup that gives the addresses, and they are what is
 * connected to: a second lookup could say something else. Redirections are not followed. The certificate is not judged
 * (RFC 8460 §3): the report may be about just that. Never rejects, and ends whatever the server does.
 *
 * @param stopping ends it at once
 */
export async function postReport(
  url: string,
  gzip: Buffer,
  ports: PostPorts,
  stopping: AbortSignal,
): Promise<Posted> {
  const { wholeMs } = ports.patience ?? usualPatience;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), wholeMs);
  const release = abortWith(stopping, ending);
  const { signal } = ending;
  const words = (): string => (stopping.aborted ? 'stopped' : tooLate(wholeMs));
  try {
    const posted = await Promise.race([within(new URL(url), gzip, ports, signal), untilAborted(signal)]);
    return posted === 'aborted' || ('problem' in posted && signal.aborted) ? { problem: words() } : posted;
  } catch (error) {
    return { problem: signal.aborted ? words() : messageOf(error) };
  } finally {
    clearTimeout(timer);
    release();
    // What may still be under way ends, too.
    ending.abort();
  }
}

function tooLate(ms: number): string {
  return `no answer within ${ms / 1_000} s`;
}

function untilAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => whenAborted(signal, () => resolve('aborted')));
}

async function within(target: URL, gzip: Buffer, ports: PostPorts, signal: AbortSignal): Promise<Posted> {
  const { mayConnect, patience = usualPatience } = ports;
  const { host } = webPlaceOf(target);
  const found = isIP(host) === 0 ? await addressesOf(host, ports, signal) : [host];
  if (typeof found === 'string') return { problem: found };
  const allowed = found.filter((address) => isIP(address) !== 0 && mayConnect(address));
  if (allowed.length === 0) return { problem: `${host} has no address on the Internet` };
  const tried = allowed.slice(0, MOST_ADDRESSES);
  let posted: Posted = { problem: `${host} has no address` };
  for (const [at, address] of tried.entries()) {
    const isLast = at === tried.length - 1;
    posted = isLast
      ? await postTo(address, target, gzip, ports.secure, signal)
      : await postWithin(patience.addressMs, address, target, gzip, ports.secure, signal);
    if ('status' in posted || signal.aborted) break;
  }
  return posted;
}

/** Another address may answer within the time that is left. */
async function postWithin(
  ms: number,
  address: string,
  target: URL,
  gzip: Buffer,
  secure: SecureWeb,
  signal: AbortSignal,
): Promise<Posted> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  const release = abortWith(signal, late);
  const posted = await postTo(address, target, gzip, secure, late.signal);
  clearTimeout(timer);
  release();
  return 'problem' in posted && late.signal.aborted ? { problem: tooLate(ms) } : posted;
}

/** Or why there are none. */
async function addressesOf(
  host: string,
  { lookup, families }: Pick<PostPorts, 'lookup' | 'families'>,
  signal: AbortSignal,
): Promise<readonly string[] | string> {
  const answers = await Promise.all(
    families.map((family) => lookup(host, family === 4 ? 'A' : 'AAAA', signal)),
  );
  const found = inTurn(answers.map((answer) => (answer.kind === 'found' ? answer.records : [])));
  if (found.length > 0) return found;
  const failed = answers.find((answer) => answer.kind === 'failed');
  return failed === undefined ? `${host} has no address` : `lookup of ${host} failed: ${failed.detail}`;
}

async function postTo(
  address: string,
  target: URL,
  gzip: Buffer,
  secure: SecureWeb,
  signal: AbortSignal,
): Promise<Posted> {
  const { host, port } = webPlaceOf(target);
  const connection = await openWebConnection({ host: address, port }, signal);
  if (connection.kind !== 'open')
    return { problem: connection.kind === 'failed' ? connection.reason : 'given up' };
  const { socket } = connection;
  try {
    const secured = await secure(socket, host, signal);
    if (secured.kind === 'failed') return { problem: secured.reason };
    const headers = { 'content-type': 'application/tlsrpt+gzip' };
    return await postOn(secured.socket, target, headers, gzip, signal);
  } finally {
    socket.destroy();
  }
}
