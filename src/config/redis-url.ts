import { isForSentinels, parseSentinelUrl } from '../core/sentinel-url.ts';
import { parsed, type Parsed } from './addresses.ts';

/** `redis://`, `rediss://` with a host, `unix:///path`, or what `parseSentinelUrl` reads; the text itself. */
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
  if (protocol === 'unix:') return hostname === '' && pathname.length > 1;
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '';
}

/** The address for a client of Redis: the path of a socket, or a URL. */
export function redisAddress(url: string): string {
  return url.replace(/^unix:\/\//, '');
}

/** The URL as it may be shown: user, password and password parameters are `***`. Works for broken URLs too. */
export function maskRedisUrl(text: string): string {
  const start = text.indexOf('//') === -1 ? 0 : text.indexOf('//') + 2;
  // Up to the last `@`: a password that should have been percent-encoded may hold one.
  const end = text.lastIndexOf('@');
  const masked = end < start ? text : `${text.slice(0, start)}***${text.slice(end)}`;
  return masked
    .split(/(?=[?&])/)
    .map(maskParameter)
    .join('');
}

/** `&name=value`, with `***` for the value of what is called a password. */
function maskParameter(parameter: string): string {
  const equals = parameter.indexOf('=');
  const isPassword = /^[?&]/.test(parameter) && /pass/i.test(parameter.slice(0, Math.max(equals, 0)));
  return isPassword ? `${parameter.slice(0, equals + 1)}***` : parameter;
}
