import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** The host of a `Host` header, in lower case, without port, brackets and final dot; undefined if it is none. */
export function hostOf(header: string | undefined): string | undefined {
  const [, literal, name] =
    /^(?:\[([\da-f:.]{2,45})\]|([\w.-]{1,255}))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  if (literal !== undefined) return isIP(literal) === 6 ? literal.toLowerCase() : undefined;
  return name?.toLowerCase().replace(/\.$/, '');
}

/**
 * Whether a browser that sends this header can only have meant this relay. A page of somebody else can give its own name
 * our address (DNS rebinding), but no address of its own is ours, and nobody's name is `localhost`.
 *
 * @param names further names of this relay, in lower case
 */
export function isOwnHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return false;
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || names.includes(host);
}

/** Whether what made this request has a user and his rights: browsers say where a request comes from. */
export function isBrowser(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin !== undefined || headers['sec-fetch-site'] !== undefined || headers.cookie !== undefined
  );
}

/**
 * Whether another site made a browser send this. `Sec-Fetch-Site` is missing where the connection has no TLS and is not
 * on loopback. `Origin: null` is what forms of pages say that send no referrer, and what others can say as well: the
 * token of the page tells them apart.
 */
export function isCrossSite({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin') return true;
  if (origin === undefined || origin === 'null') return false;
  return origin !== `http://${host}` && origin !== `https://${host}`;
}

/** RFC 6750 §2.1 */
export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S{1,512}) *$/i.exec(authorization ?? '')?.[1];
}

export function cookieOf({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of cookie.split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
