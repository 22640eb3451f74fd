import { momentText } from '../time/moment-text.ts';
import { printable } from '../mail/printable.ts';
import { healthNote } from './health-note.ts';
import { standingOf, type KnownHealth } from './known-health.ts';
import type { Verdict } from './report.ts';

const words: Readonly<Record<Verdict, string>> = {
  protected: 'protected by DANE',
  fails: 'DANE fails',
  unknown: 'not known',
  unprotected: 'not protected by DANE',
};

/** What is known of a destination that was mailed. @param health absent: it was not checked yet */
export function healthLines(destination: string, health: KnownHealth | undefined): readonly string[] {
  if (health === undefined) return [printable(`${destination}: not checked yet`)];
  const { judged, trouble, findings } = health;
  const standing = standingOf(health);
  const when =
    trouble === undefined
      ? judged === undefined
        ? ''
        : `, checked at ${momentText(judged.at)}`
      : `; the check of ${momentText(trouble.at)} could not judge all of it: ${trouble.reason}${before(judged)}`;
  return [
    `${destination}: ${words[standing]}${when}`,
    ...findings.map(({ severity, text, since }) => `    ${severity} since ${momentText(since)}: ${text}`),
  ].map(printable);
}

function before(judged: KnownHealth['judged']): string {
  return judged === undefined ? '' : `; at ${momentText(judged.at)} it was ${words[judged.verdict]}`;
}

/** The same for programs. */
export function healthRecord(destination: string, health: KnownHealth | undefined): object {
  if (health === undefined) return { schema: 1, destination, standing: 'unknown', findings: [] };
  const { judged, trouble, findings } = health;
  return {
    schema: 1,
    destination,
    standing: standingOf(health),
    ...(judged !== undefined && { judged: { verdict: judged.verdict, at: momentText(judged.at) } }),
    ...(trouble !== undefined && { trouble: { reason: trouble.reason, at: momentText(trouble.at) } }),
    findings: findings.map(({ kind, severity, where, text, since, expiresAt }) => ({
      kind,
      severity,
      where,
      text,
      since: momentText(since),
      ...(expiresAt !== undefined && { expiresAt: momentText(expiresAt) }),
    })),
  };
}

/** A text for the postmaster of a destination, as of the last check; undefined if there is nothing to say. */
export function noteOfHealth(
  domain: string,
  { judged, trouble, findings }: KnownHealth,
  hostname: string,
): readonly string[] | undefined {
  const at = Math.max(judged?.at ?? 0, trouble?.at ?? 0);
  return healthNote(domain, findings, { hostname, at });
}
