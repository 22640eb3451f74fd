import { request } from 'node:https';
import { isIP } from 'node:net';
import type { Lookup } from '../core/dns/answer.ts';
import { messageOf } from '../core/error-words.ts';

/** What came of a request: a status of HTTP, or why there is none. */
export type Posted = { readonly status: number } | { readonly problem: string };

export interface PostPorts {
  readonly lookup: Lookup;
  /** Whether an address may be connected to: the host of a URL is a stranger's choice. */
  readonly mayConnect: (address: string) => boolean;
}

/** For all of it: names, connection, TLS, answer. */
const PATIENCE_MS = 30_000;
const MOST_HEADER = 16 * 1024;
const MOST_ADDRESSES = 3;

/**
 * Brings a report to a web server (RFC 8460 §5.4). It is our own lookup that gives the addresses, and they are what is
 * connected to: a second lookup could say something else. Redirections are not followed. The certificate is not judged
 * (RFC 8460 §3): the report may be about just that. Never rejects.
 */
export async function postReport(url: string, gzip: Buffer, ports: PostPorts): Promise<Posted> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), PATIENCE_MS);
  try {
    return await withinPatience(new URL(url), gzip, ports, end.signal);
  } catch (error) {
    return { problem: end.signal.aborted ? tooLate : messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = `no answer within ${PATIENCE_MS / 1_000} s`;

async function withinPatience(
  target: URL,
  gzip: Buffer,
  { lookup, mayConnect }: PostPorts,
  signal: AbortSignal,
): Promise<Posted> {
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(host) === 0 ? await addressesOf(host, lookup, signal) : [host];
  if (typeof found === 'string') return { problem: found };
  const allowed = found.filter((address) => isIP(address) !== 0 && mayConnect(address));
  if (allowed.length === 0) return { problem: `${host} has no address on the Internet` };
  let posted: Posted = { problem: tooLate };
  for (const address of allowed.slice(0, MOST_ADDRESSES)) {
    posted = await postTo(address, target, gzip, signal);
    if ('status' in posted || signal.aborted) break;
  }
  return posted;
}

/** Or why there are none. */
async function addressesOf(
  host: string,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<readonly string[] | string> {
  const answers = await Promise.all([lookup(host, 'A', signal), lookup(host, 'AAAA', signal)]);
  const found = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  if (found.length > 0) return found;
  const failed = answers.find((answer) => answer.kind === 'failed');
  return failed === undefined ? `${host} has no address` : `lookup of ${host} failed: ${failed.detail}`;
}

function postTo(address: string, target: URL, gzip: Buffer, signal: AbortSignal): Promise<Posted> {
  const name = target.hostname;
  return new Promise((resolve) => {
    const asked = request({
      host: address,
      port: target.port === '' ? 443 : Number(target.port),
      path: `${target.pathname}${target.search}`,
      method: 'POST',
      agent: false,
      servername: isIP(name.replace(/^\[(.*)\]$/, '$1')) === 0 ? name : '',
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      maxHeaderSize: MOST_HEADER,
      signal,
      headers: {
        host: target.host,
        'content-type': 'application/tlsrpt+gzip',
        'content-length': gzip.length,
        'user-agent': 'dane-relay',
        connection: 'close',
      },
    });
    const end = (posted: Posted): void => {
      resolve(posted);
      asked.destroy();
    };
    // Nobody looks at what it says besides.
    asked.on('response', ({ statusCode = 0 }) => end({ status: statusCode }));
    asked.on('error', (error) => end({ problem: signal.aborted ? tooLate : messageOf(error) }));
    asked.end(gzip);
  });
}
