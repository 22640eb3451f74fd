import type { Severity } from '../core/log/log-event.ts';
import type { Shortcoming } from './probes.ts';
import type { ServerStanding } from './server-watch.ts';

/** What the log says about a server. */
export interface WatchedServer {
  /** Address and port. */
  readonly name: string;
  readonly standing: ServerStanding;
  readonly shortcoming: Shortcoming | undefined;
  readonly what: string;
}

/** A line for the log: what is wrong, what it means, what to do. */
export interface Change {
  readonly severity: Severity;
  readonly text: string;
  readonly validating: boolean;
}

/** What to say about the current standing of the servers; `undefined` if nothing has changed for an operator. */
export function changeText(
  before: readonly WatchedServer[],
  servers: readonly WatchedServer[],
): Change | undefined {
  const validating = isValidating(servers);
  const isNews = before.length === 0 || isValidating(before) !== validating;
  if (!validating)
    return isNews || troubleOf(before) !== troubleOf(servers) ? unavailable(servers) : undefined;
  const changed = servers.find((server, at) => differs(before[at], server));
  if (isNews) return available(servers);
  return changed === undefined ? undefined : oneOfSeveral(changed, servers);
}

function isValidating(servers: readonly WatchedServer[]): boolean {
  return servers.some(({ standing }) => standing === 'sound');
}

/** Recovering is no news, because it may fail again. */
function troubleOf(servers: readonly WatchedServer[]): string {
  return servers.map(({ shortcoming }) => shortcoming?.kind ?? '').join();
}

function differs(before: WatchedServer | undefined, now: WatchedServer): boolean {
  // The first good probe of a server is expected.
  if (before?.standing === 'unknown' && now.standing === 'sound') return false;
  return before?.shortcoming?.kind !== now.shortcoming?.kind;
}

function available(servers: readonly WatchedServer[]): Change {
  const sound = servers.filter(({ standing }) => standing === 'sound');
  const left = servers.filter(({ shortcoming }) => shortcoming !== undefined);
  const leftOut = left.map(({ name, shortcoming }) => `; ${name} is left out: ${shortcoming?.what}`);
  return {
    severity: left.length === 0 ? 'info' : 'warning',
    text: `DNSSEC validation is available: ${list(sound, servers.length > 1)}${leftOut.join('')}`,
    validating: true,
  };
}

function unavailable(servers: readonly WatchedServer[]): Change {
  const silent = servers.every(({ shortcoming }) => shortcoming?.kind === 'does not answer');
  const kinds = new Set(servers.flatMap(({ shortcoming }) => shortcoming?.kind ?? []));
  const head = silent ? 'DNS resolver is unavailable' : 'DNSSEC validation is unavailable';
  const meaning = silent
    ? 'mail that needs a DNS lookup waits, nothing is bounced'
    : 'mail at levels dane and dane-only waits, nothing is bounced';
  const advice = [...kinds].map((kind) => remedies[kind]).join('; ');
  return {
    severity: 'error',
    text: `${head}: ${list(servers, servers.length > 1)}; ${meaning}; ${advice}`,
    validating: false,
  };
}

function oneOfSeveral({ name, shortcoming, what }: WatchedServer, servers: readonly WatchedServer[]): Change {
  const count = `${servers.filter(({ standing }) => standing === 'sound').length} of ${servers.length} validate`;
  return shortcoming === undefined
    ? { severity: 'info', text: `DNS resolver ${name} is in use again: ${what}; ${count}`, validating: true }
    : {
        severity: 'warning',
        text: `DNS resolver ${name} is left out: ${shortcoming.what}; mail goes on, ${count}; ${remedies[shortcoming.kind]}`,
        validating: true,
      };
}

function list(servers: readonly WatchedServer[], named: boolean): string {
  return servers
    .map(({ name, shortcoming, what }) => (named ? `${name}: ` : '') + (shortcoming?.what ?? what))
    .join('; ');
}

const remedies: Readonly<Record<Shortcoming['kind'], string>> = {
  'does not validate':
    'use a validating resolver on this host that sets the AD bit, or the built-in one, and look at its trust anchor ' +
    'and the clock',
  'does not answer':
    'see whether the resolver runs, whether it reaches the Internet, and whether its trust anchor and the clock are ' +
    'right',
  'signs everything':
    'the AD bit of this resolver means nothing: use a validating one; or, if that name has been signed meanwhile, ' +
    'name another in dns.unsigned_probe',
  'accepts bogus':
    'switch on validation in this resolver (in Unbound without val-permissive-mode), or use another; or, if that name ' +
    'has been repaired meanwhile, name another in dns.bogus_probe',
};
