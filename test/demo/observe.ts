import type { LabHostHandle } from '../lab/lab-host.ts';

/** What became of a mail, by the relay's log. */
export interface LoggedOutcome {
  /** `sent 2.0.0 Verified`. */
  readonly text: string;
  /** Whether the host had shown that it is the one the TLSA records speak of. */
  readonly authenticated: boolean;
}

/** What came to a host of mail for one recipient. */
export interface HostReport {
  readonly mails: number;
  /** Bytes of mail outside TLS: commands of a transaction, and content. */
  readonly clearBytes: number;
  /** Bytes inside TLS with a host that the relay had not authenticated. */
  readonly unauthenticatedBytes: number;
}

/** Reads the log up to the last verdict on a recipient; `undefined` as long as there is none. */
export function loggedOutcome(lines: readonly string[], recipient: string): LoggedOutcome | undefined {
  const at = lines.findLastIndex((line) => line.includes(` to=<${recipient}>, relay=`));
  const verdict = /relay=(?<relay>[^,]+), .*?dsn=(?<dsn>[\d.]+), status=(?<status>\w+)/.exec(lines[at] ?? '');
  if (verdict?.groups === undefined) return undefined;
  const { relay, dsn, status } = verdict.groups;
  const tls = lines
    .slice(0, at)
    .map((line) => /\b(\w+) TLS connection (?:established|reused) to (\S+): /.exec(line))
    .findLast((found) => found?.[2] === relay);
  const word = tls?.[1] ?? '-';
  return { text: `${status} ${dsn} ${word}`, authenticated: word === 'Verified' || word === 'Trusted' };
}

/** Counts what the host itself has recorded; only `authenticated` is the relay's word. */
export function hostReport(
  host: Pick<LabHostHandle, 'messages' | 'sessions'>,
  recipient: string,
  authenticated: boolean,
): HostReport {
  const messages = host.messages.filter(({ recipients }) => recipients.includes(recipient));
  const sessions = host.sessions.filter(({ plaintextCommands, tlsCommands }) => {
    const named = [...plaintextCommands, ...tlsCommands].filter((command) => /^RCPT/i.test(command));
    return named.length === 0 || named.some((command) => command.includes(`<${recipient}>`));
  });
  const clearCommands = sessions.flatMap(({ plaintextCommands }) =>
    plaintextCommands.filter((command) => /^(?:MAIL|RCPT|DATA|BDAT)/i.test(command)),
  );
  const clear = messages.filter(({ tls }) => !tls);
  const encrypted = messages.filter(({ tls }) => tls);
  // A Postfix keeps no record of its sessions: its messages tell at least of their content.
  const tlsBytes = Math.max(
    sum(sessions.map((session) => session.tlsBytes)),
    sum(encrypted.map(({ sizeBytes }) => sizeBytes)),
  );
  return {
    mails: messages.length,
    clearBytes:
      sum(clearCommands.map((command) => command.length)) + sum(clear.map(({ sizeBytes }) => sizeBytes)),
    unauthenticatedBytes: authenticated ? 0 : tlsBytes,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
