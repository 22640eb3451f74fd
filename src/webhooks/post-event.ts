import { createHmac } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isInternetAddress } from '../core/dns/internet-address.ts';
import type { Webhook } from '../core/http/webhook.ts';

/** For all of it: names, connection, TLS, answer. */
const PATIENCE_MS = 10_000;
/** Octets of an answer that are read; nobody looks at them. */
const MOST_ANSWER = 16 * 1024;

/** What came of a request: an HTTP status, or why there is none. */
export type Posted = { readonly status: number } | { readonly problem: string };

/** The signature of Standard Webhooks 1.0, `v1`. */
export function signatureOf(secret: Buffer, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * Brings an event to its receiver. Redirects are not followed. Without `allowPrivate` no address is connected to that is
 * not one of the Internet, whatever the name says, and TLS is verified. Never rejects.
 *
 * @param now epoch ms
 */
export function postEvent(
  { url, secret, allowPrivate }: Webhook,
  { id, body }: { readonly id: string; readonly body: string },
  now: number,
): Promise<Posted> {
  const timestamp = Math.floor(now / 1000);
  const target = new URL(url);
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!allowPrivate && isIP(host) !== 0 && !isInternetAddress(host))
    return Promise.resolve({ problem: `${host} is a private address` });
  return new Promise((resolve) => {
    const make = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const asked = make(target, {
      method: 'POST',
      agent: false,
      // Not the lookup of the system: it takes threads that Node has few of.
      lookup: lookupWith(allowPrivate),
      maxHeaderSize: MOST_ANSWER,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'dane-relay',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(secret, id, timestamp, body),
      },
    });
    const end = (posted: Posted): void => {
      clearTimeout(timer);
      resolve(posted);
      asked.destroy();
    };
    const timer = setTimeout(() => end({ problem: `no answer within ${PATIENCE_MS / 1000} s` }), PATIENCE_MS);
    let isAnswered = false;
    asked.on('response', (response) => {
      isAnswered = true;
      const status = response.statusCode ?? 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_ANSWER) end({ status });
      });
      response.on('end', () => end({ status }));
      response.on('error', () => end({ status }));
      response.on('close', () => end({ status }));
    });
    // After an answer 101 there is neither a response nor an error.
    asked.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      end({ status: statusCode });
    });
    asked.on('close', () => {
      if (!isAnswered) end({ problem: 'the connection ended without an answer' });
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      end({ problem: error.message || (error.code ?? 'no connection') }),
    );
    asked.end(body);
  });
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
