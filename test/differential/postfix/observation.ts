import type { Session } from '../../lab/mail-session.ts';

/** What came of one mail, in words that do not depend on the run. */
export interface Observation {
  /** The word of each TLS connection, with the host, in order: `mx.good.test Verified`. */
  readonly tls: readonly string[];
  /** `sent`, `deferred`, `bounced`; `refused` when the mail was not even taken. */
  readonly status: string;
  readonly dsn: string;
  /** Host of the `relay=` field, or `none`. */
  readonly relay: string;
  readonly reason: string;
  /** One for each connection that the hosts of the lab saw, sorted. */
  readonly sessions: readonly string[];
}

/** Reads the log lines of one mail, the `to=` line the last of them. */
export function readLines(lines: readonly string[], port: number): Omit<Observation, 'sessions'> {
  const connections = lines.map((line) => /: (\w+) TLS connection established to ([^[]*)\[/.exec(line));
  const [, relay = '', dsn = '', status = '', reason = ''] =
    /, relay=([^,[]*).*, dsn=([\d.]+), status=(\w+) \((.*)\)$/.exec(lines.at(-1) ?? '') ?? [];
  return {
    tls: connections.flatMap((found) => (found === null ? [] : [`${found[2]} ${found[1]}`])),
    status,
    dsn,
    relay,
    reason: withoutRun(reason, port),
  };
}

/** Addresses, the port, queue ids and the length of Received lines are other ones in each run. */
export function withoutRun(text: string, port: number): string {
  return text
    .replaceAll(/\[(IPv6:)?[\da-f.:]+\]/gi, '[ADDRESS]')
    .replaceAll(/\b127\.\d+\.\d+\.\d+\b/g, 'ADDRESS')
    .replaceAll(`:${port}`, ':PORT')
    .replace(/queued as \w+/, 'queued as ID')
    .replace(/message size \d+/, 'message size BYTES');
}

/**
 * `mx.good.test TLS sni=mx.good.test mail=tls`. Whether the host saw the end of the handshake is a matter of luck where
 * the client leaves right after it; the TLS words say whether the client did.
 */
export function describeSession(host: string, session: Session): string {
  const isMail = (line: string) => /^MAIL/i.test(line);
  const mail = session.tlsCommands.some(isMail)
    ? 'tls'
    : session.plaintextCommands.some(isMail)
      ? 'clear'
      : 'none';
  const tls = session.tls === 'none' || session.tls === 'refused' ? session.tls : 'TLS';
  return `${host} ${tls} sni=${session.serverName ?? 'none'} mail=${mail}`;
}
