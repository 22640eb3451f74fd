import { createHmac } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { isInternetAddress } from '../core/dns/internet-address.ts';
import { messageOf } from '../core/error-words.ts';
import type { Webhook } from '../core/http/webhook.ts';
import { abortWith } from '../core/when-aborted.ts';
import { openWebConnection, type SecureWeb } from '../tls/web-connection.ts';
import { postOn, webPlaceOf, type Posted } from '../tls/web-post.ts';

const usualPatienceMs = 10_000;

/** The signature of Standard Webhooks 1.0, `v1`. */
export function signatureOf(secret: Buffer, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

export interface PostPorts {
  /** Accepts only a server for which authorities vouch by its name. */
  readonly secure: SecureWeb;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** For all of it: names, connection, TLS, answer. */
  readonly patienceMs?: number;
}

/**
 * Brings an event to its receiver. Redirects are not followed. Without `allowPrivate` no address is connected to that is
 * not one of the Internet, whatever the name says, and TLS is verified. Never rejects.
 *
 * @param stopping ends it at once
 */
export async function postEvent(
  webhook: Webhook,
  event: { readonly id: string; readonly body: string },
  ports: PostPorts,
  stopping: AbortSignal,
): Promise<Posted> {
  const { patienceMs = usualPatienceMs } = ports;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), patienceMs);
  const release = abortWith(stopping, ending);
  const words = (): string => (stopping.aborted ? 'stopped' : `no answer within ${patienceMs / 1000} s`);
  try {
    const posted = await within(webhook, event, ports, ending.signal);
    return 'problem' in posted && ending.signal.aborted ? { problem: words() } : posted;
  } catch (error) {
    return { problem: messageOf(error) };
  } finally {
    clearTimeout(timer);
    release();
  }
}

async function within(
  { url, secret, allowPrivate }: Webhook,
  { id, body }: { readonly id: string; readonly body: string },
  { secure, now }: PostPorts,
  signal: AbortSignal,
): Promise<Posted> {
  const target = new URL(url);
  const { host, port } = webPlaceOf(target);
  if (!allowPrivate && isIP(host) !== 0 && !isInternetAddress(host))
    return { problem: `${host} is a private address` };
  const isSecure = target.protocol === 'https:';
  // Not the lookup of the system: it takes threads that Node has few of.
  const connection = await openWebConnection({ host, port, lookup: lookupWith(allowPrivate) }, signal);
  if (connection.kind !== 'open')
    return { problem: connection.kind === 'failed' ? connection.reason : 'given up' };
  const { socket } = connection;
  try {
    const secured = isSecure ? await secure(socket, host, signal) : ({ kind: 'made', socket } as const);
    if (secured.kind === 'failed') return { problem: secured.reason };
    const timestamp = Math.floor(now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    };
    return await postOn(secured.socket, target, headers, body, signal);
  } finally {
    socket.destroy();
  }
}

/** Gives only addresses that may be connected to. */
function lookupWith(allowPrivate: boolean): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname).then(
      (found) => {
        const usable = found.filter(({ address }) => allowPrivate || isInternetAddress(address));
        const [first] = usable;
        if (first === undefined) {
          const why = found.length === 0 ? 'has no address' : 'has private addresses only';
          return callback(new Error(`${hostname} ${why}`), '', 0);
        }
        if (all === true) return callback(null, usable);
        callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

async function resolve(hostname: string): Promise<{ readonly address: string; readonly family: 4 | 6 }[]> {
  if (hostname === 'localhost') return [{ address: '127.0.0.1', family: 4 }];
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
  return [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 as const })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 as const })) : []),
  ];
}
