import type { KeptAttempt, KeptFailure, KeptPolicy, KeptResult } from '../mail/kept.ts';
import { countText } from '../mail/count-text.ts';
import { dayText, listText, type Clock } from './clock.ts';

/** Lines of evidence that are shown; the rest is in JSON. */
const MOST_LOOKUPS = 16;
const MOST_SESSION_LINES = 40;

/** One attempt: the hosts in turn, and what it came to. */
export function attemptLines(attempt: KeptAttempt, { time }: Clock): readonly string[] {
  const { hosts = [], hostsLeftOut = 0, results, at } = attempt;
  const seen = new Set(hosts.map(({ reason }) => reason));
  return [
    ...hosts.map(({ at: when, host, step, reason }) => `${time(when)} ${host}: ${stepText(step)}${reason}`),
    ...(hostsLeftOut > 0 ? [`${time(at)} ${hostsLeftOut} more hosts`] : []),
    ...results.filter(({ reason }) => !seen.has(reason)).map((result) => `${time(at)} ${resultText(result)}`),
  ];
}

function stepText(step: string): string {
  if (step === 'certificate') return 'TLS made, certificate refused before any mail was sent: ';
  return step === 'policy' ? 'not spoken to: ' : '';
}

function resultText({ state, reason, to, toLeftOut }: KeptResult): string {
  return state === 'delivered' ? reason : `${listText(to, toLeftOut)}: ${reason}`;
}

/** `user@good.example: delivered 10:33:43 to mx1[192.0.2.25]:25, TLS verified by DANE (3 1 1)` */
export function outcomeLine(result: KeptResult, { at, nextAt, count }: KeptAttempt, { time }: Clock): string {
  const { state, to, toLeftOut, relay, tls } = result;
  const who = listText(to, toLeftOut);
  switch (state) {
    case 'delivered':
      return `${who}: delivered ${time(at)}${relay === undefined ? '' : ` to ${relay}, ${tlsText(tls)}`}`;
    case 'bounced':
      return `${who}: returned to the sender ${time(at)}`;
    case 'expired':
      return `${who}: given up ${time(at)} after ${countText(count, 'attempt')}`;
    case 'held':
      return `${who}: held ${time(at)}, because it may have arrived`;
    case 'deferred': {
      const next = nextAt === undefined ? '' : `, next try ${time(nextAt)}`;
      return `${who}: deferred ${time(at)} at attempt ${count}${next}`;
    }
  }
}

function tlsText(tls: string | undefined): string {
  if (tls === undefined) return 'in clear';
  const [word = '', ...record] = tls.split(' ');
  if (word === 'Verified') {
    return record.length === 0 ? 'TLS, verified' : `TLS, verified by DANE (${record.join(' ')})`;
  }
  return word === 'Trusted' ? 'TLS, trusted' : 'TLS, not authenticated';
}

/** `dane, from tls.level`; the next hop too, if a setting names it. */
export function policyText({ level, rule, via }: KeptPolicy): string {
  return `${level}, from ${rule}${via === undefined ? '' : `; next hop from ${via}`}`;
}

/** What was found out in the last failed attempt. */
export function evidenceLines(failure: KeptFailure): readonly string[] {
  const { dns, dnsLeftOut = 0, session = [] } = failure;
  const more = Math.max(0, dns.length - MOST_LOOKUPS) + dnsLeftOut;
  const earlier = session.length - MOST_SESSION_LINES;
  return [
    ...certificateLines(failure),
    ...(dns.length > 0 ? ['looked up for the last failed attempt:'] : []),
    ...dns.slice(0, MOST_LOOKUPS).map((line) => `  ${line}`),
    ...(more > 0 ? [`  (${more} more)`] : []),
    ...(session.length > 0 ? ['the last failed session, seconds from its beginning:'] : []),
    ...(earlier > 0 ? [`  (${earlier} lines before: --json)`] : []),
    ...session.slice(-MOST_SESSION_LINES).map((line) => `  ${line}`),
  ];
}

/** What was published and what was shown, for each certificate that was refused. */
export function certificateLines({ certificates }: Pick<KeptFailure, 'certificates'>): readonly string[] {
  return certificates.flatMap(({ host, published, key, certificate, subject, notBefore, notAfter }) => [
    ...published.map((record) => `${host} published ${record}`),
    `${host} showed key sha256 ${key ?? '(none to be read)'}`,
    `  certificate sha256 ${certificate}${subject === undefined ? '' : `, ${subject}`}` +
      (notBefore === undefined || notAfter === undefined
        ? ''
        : `, from ${dayText(notBefore)} until ${dayText(notAfter)}`),
  ]);
}
