import { isForSentinels, parseSentinelUrl } from '../core/sentinel-url.ts';
import { parsed, type Parsed } from './addresses.ts';
import { ConfigError } from './config-error.ts';
import { readOperatorFile } from './operator-file.ts';

/**
 * `redis://`, `rediss://` with a host, `unix:///path`, what `parseSentinelUrl` reads, or `file:///path` for a file that
 * holds one of these; the text itself.
 */
export function parseRedisUrl(text: string): Parsed<string> {
  if (isForSentinels(text)) {
    const address = parseSentinelUrl(text);
    return 'value' in address ? { value: text } : address;
  }
  return parsed(isPlainUrl(text) ? text : undefined);
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  if (protocol === 'unix:' || protocol === 'file:') return hostname === '' && pathname.length > 1;
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '';
}

/** The address for a client of Redis: the path of a socket, or a URL. Throws ConfigError if a file holds none. */
export function redisAddress(url: string): string {
  return (isFileUrl(url) ? urlIn(url.slice('file://'.length)) : url).replace(/^unix:\/\//, '');
}

function isFileUrl(url: string): boolean {
  return url.startsWith('file://');
}

/** It is read when it is needed: a program of another user, which only leaves mail for the relay, may not read it. */
function urlIn(file: string): string {
  const [key, wanted] = ['redis.url', 'one line with the URL of a Redis'];
  const url = readOperatorFile(file, key, wanted).trim();
  // A URL is parsed without the line breaks in it.
  if (!isFileUrl(url) && !/\s/.test(url) && 'value' in parseRedisUrl(url)) return url;
  throw new ConfigError([{ where: file, key, wanted, found: 'something else' }]);
}

/** Parameters whose values may be shown. */
const harmless = /^(?:db|family|sentinel_user|sentinel_tls)=/;

/**
 * The URL as it may be shown: user, password and values of parameters that may be secret are `***`. Works for broken URLs
 * too.
 */
export function maskRedisUrl(text: string): string {
  const start = text.indexOf('//') === -1 ? 0 : text.indexOf('//') + 2;
  // Up to the last `@`: a password that should have been percent-encoded may hold one.
  const end = text.lastIndexOf('@');
  const masked = end < start ? text : `${text.slice(0, start)}***${text.slice(end)}`;
  const mark = masked.search(/[?&]/);
  return mark === -1 ? masked : `${masked.slice(0, mark + 1)}${maskParameters(masked.slice(mark + 1))}`;
}

function maskParameters(query: string): string {
  const shown: string[] = [];
  let isAfterSecret = false;
  for (const parameter of query === '' ? [] : query.split('&')) {
    const isHarmless = harmless.test(parameter);
    // Behind a secret it may be the rest of one that has an `&`.
    if (isHarmless || !isAfterSecret) shown.push(isHarmless ? parameter : maskParameter(parameter));
    isAfterSecret = !isHarmless;
  }
  return shown.join('&');
}

/** `name=***` */
function maskParameter(parameter: string): string {
  return `${parameter.slice(0, parameter.indexOf('=') + 1)}***`;
}
