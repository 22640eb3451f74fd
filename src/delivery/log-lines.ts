import { momentText } from '../core/time/moment-text.ts';
import type { KnownFinding } from '../core/check/known-health.ts';
import { countText } from '../core/mail/count-text.ts';
import type { Failed } from '../core/dns/answer.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import { lossText, type StickyLost } from '../core/sticky/sticky-memory.ts';
import type { WhatIfCase } from '../core/what-if/counted.ts';
import type { HostSts } from '../core/sts/sts-finding.ts';
import type { RecordWatch } from '../core/rollover/watched-records.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** The log lines of routes and deliveries, beside those of core/log that every mail has. */

/** The status of a recipient uses Postfix's words, which do not show the resolver's answer. */
export function lookupFailed(name: string, type: string, { cause, detail }: Failed): LogEvent {
  const text = `DNS lookup problem: Name service error for name=${name} type=${type}: ${detail}`;
  return { ...smtp('lookup failed', text), fields: { name, type, cause } };
}

export function noHostHasAddress(domain: string): LogEvent {
  return smtp('lookup failed', `no MX host for ${domain} has a valid address record`);
}

export function numericMx(domain: string, name: string): LogEvent {
  const text = `numeric domain name in resource data of MX record for ${domain}: ${name}`;
  return smtp('numeric MX', text);
}

export function malformedMx(domain: string, name: string): LogEvent {
  const text = `malformed domain name in resource data of MX record for ${domain}: ${name}`;
  return smtp('malformed MX', text);
}

/** @param namedIn the setting that names the next hop */
export function relayhostProblem(namedIn: string): LogEvent {
  return smtp('relayhost problem', `${namedIn} configuration problem`);
}

/** Once for each route that is found under it. */
export function exceptionUsed(nextHop: string, exception: PolicyException): LogEvent {
  const { name, level, until, by, reason } = exception;
  const text = `mail for ${nextHop} goes at level ${level} by exception until ${momentText(until)}, set by ${by}: ${reason}`;
  const fields = {
    nextHop,
    exception: name,
    policyLevel: level,
    until: momentText(until),
    by,
    reason,
  };
  return { component: 'smtp', severity: 'info', event: 'exception used', text, fields };
}

export function tlsaUnusable(text: string): LogEvent {
  return smtp('TLSA unusable', text);
}

/** Postfix says so of a host that the policy of its domain does not list. */
export function stsMismatch({ host, domain, id }: HostSts): LogEvent {
  const text = `MX name '${host}' does not match STS MX pattern for '${domain}'`;
  return { ...smtp('not in STS policy', text), fields: { host, domain, id } };
}

/** @param waits whether its mail waits because of it */
export function daneLost(destination: string, lost: StickyLost, waits: boolean): LogEvent {
  const { host, of, what, provedAt, until } = lost;
  const outcome = waits
    ? `it gets no mail until that is over, until ${momentText(until)}, or until "dane-relay sticky release ${destination}"`
    : `its mail ${what === 'hosts' ? 'is handled' : 'goes'} as if it had never had any`;
  const whose = of === 'domain' ? destination : `${host} for ${destination}`;
  const text = `${whose} ${lossText(lost)}: ${outcome}`;
  const fields = {
    destination,
    host,
    lost: what,
    provedAt: momentText(provedAt),
    until: momentText(until),
    waits,
  };
  return { ...smtp('DANE lost', text), fields };
}

/** Its zone says so with its signature. */
export function daneLeft(destination: string, host: string): LogEvent {
  const text = `${host} for ${destination} has no TLSA records any more, as its zone says with a signature: it is forgotten`;
  return { component: 'smtp', severity: 'info', event: 'DANE left', text, fields: { destination, host } };
}

/** A check of a destination that is mailed has found something that was not known. */
export function healthFound(destination: string, one: KnownFinding): LogEvent {
  const { kind, severity, where, text: words, expiresAt } = one;
  const fields = {
    destination,
    finding: kind,
    degree: severity,
    where,
    ...(expiresAt !== undefined && { expiresAt: momentText(expiresAt) }),
  };
  return {
    component: 'smtp',
    severity: severity === 'hint' ? 'info' : 'warning',
    event: 'destination finding',
    text: `check of ${destination}: ${severity}: ${words}`,
    fields,
  };
}

/** Somebody has looked at the same place, and it is not so any more: mended, or nothing is promised there any more. */
export function healthOver(destination: string, { kind, where, since }: KnownFinding): LogEvent {
  const text = `check of ${destination}: ${kind} at ${where} since ${momentText(since)} is not found any more`;
  const fields = { destination, finding: kind, where, since: momentText(since) };
  return { component: 'smtp', severity: 'info', event: 'destination finding over', text, fields };
}

/** A mistake of ours; no mail has to do with it. */
export function healthBug(words: string): LogEvent {
  const text = `internal error, a destination is not checked as it should be: ${words}`;
  return { component: 'smtp', severity: 'error', event: 'bug', text, fields: {} };
}

/** Mail that has gone would not have under a policy that is only tried out. */
export function wouldNotGo(queueId: string, relay: string, one: WhatIfCase): LogEvent {
  const { destination, host, level, verdict, reason } = one;
  const outcome = verdict === 'waits' ? 'would have waited' : 'would have gone to another host, or waited';
  const text = `${queueId}: what if ${level}: mail for ${destination} that ${relay} took ${outcome}: ${reason}`;
  const fields = { queueId, destination, host, policyLevel: level, verdict, reason };
  return { component: 'smtp', severity: 'info', event: 'what if', text, fields };
}

/** A mistake of ours, which has done nothing to the mail. */
export function whatIfBug(queueId: string, words: string): LogEvent {
  const text = `${queueId}: internal error, nobody knows what another policy would have made of it: ${words}`;
  return { component: 'smtp', severity: 'error', event: 'bug', text, fields: { queueId } };
}

/** Once for each watch. */
export function recordsWatched(
  destination: string,
  { records, nextAt }: Pick<RecordWatch, 'records' | 'nextAt'>,
  now: number,
): LogEvent {
  const names = records.map(({ name }) => name);
  const seconds = Math.round(Math.max(0, nextAt - now) / 1000);
  const text = `${destination}: no certificate matches ${names.join(', ')}: the records are watched, first in ${seconds}s`;
  return { ...said('records watched', text), fields: { nextHop: destination, names, seconds } };
}

export function recordsChanged(
  destination: string,
  { records }: Pick<RecordWatch, 'records'>,
  seen: 'changed' | 'withdrawn',
  messages: number,
): LogEvent {
  const names = records.map(({ name }) => name);
  const what = seen === 'changed' ? 'has other records' : 'has no records any more';
  const text = `${destination}: ${names.join(', ')} ${what}: ${countText(messages, 'message')} tried at once`;
  return { ...said('records changed', text), fields: { nextHop: destination, names, seen, messages } };
}

/** The records are as they were, and now a host shows what they say. */
export function certificateChanged(destination: string, messages: number): LogEvent {
  const text = `${destination}: works again while its records were watched: ${countText(messages, 'message')} tried at once`;
  return { ...said('certificate changed', text), fields: { nextHop: destination, messages } };
}

/** At most once an hour. */
export function watchFull(destination: string): LogEvent {
  const text = `${destination}: its TLSA records are not watched, those of too many destinations are`;
  return { ...smtp('records not watched', text), fields: { nextHop: destination } };
}

/** A mistake of ours: mail goes at its own times. */
export function watchBug(words: string): LogEvent {
  const text = `internal error, TLSA records are not watched as they should be: ${words}`;
  return { component: 'smtp', severity: 'error', event: 'bug', text, fields: {} };
}

/** A mistake of ours. */
export function deliveryBug(queueId: string, words: string): LogEvent {
  const text = `${queueId}: internal error, delivery deferred: ${words}`;
  return { component: 'smtp', severity: 'error', event: 'bug', text, fields: { queueId } };
}

export function outcomeNotStored(queueId: string, words: string): LogEvent {
  const text = `${queueId}: the outcome could not be stored: ${words}`;
  return { component: 'qmgr', severity: 'error', event: 'outcome not stored', text, fields: { queueId } };
}

/** This trouble costs another attempt. */
export function siteNotStored(destination: string, words: string): LogEvent {
  const text = `what is known of ${destination} could not be stored: ${words}`;
  return { component: 'qmgr', severity: 'warning', event: 'outcome not stored', text };
}

export interface Move {
  readonly queueId: string;
  readonly from: string;
  readonly to: string;
  readonly recipients: number;
}

export function movedTo({ queueId, from, to, recipients }: Move): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'moved',
    text: `${queueId}: next hop of nrcpt=${recipients} changed from ${from} to ${to}`,
    fields: { queueId, from, to, recipients },
  };
}

export function addressFull(address: string, limit: number): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'address full',
    text: `${address}: ${limit} connections, further mail for hosts there waits (delivery.address_concurrency_limit)`,
    fields: { address, limit },
  };
}

export function memoryUsedUp(limitBytes: number): LogEvent {
  const size = Math.floor(limitBytes / 1024 ** 2);
  return {
    component: 'qmgr',
    severity: 'warning',
    event: 'memory limit',
    text: `deliveries under way take ${size} MiB: each destination has one at a time for the moment (delivery.memory_limit)`,
    fields: { of: 'deliveries', limitBytes },
  };
}

function said(event: LogEvent['event'], text: string): LogEvent {
  return { component: 'smtp', severity: 'info', event, text };
}

function smtp(event: LogEvent['event'], text: string): LogEvent {
  return { component: 'smtp', severity: 'warning', event, text };
}
