import type { Attempt } from '../core/delivery/attempt.ts';
import type { TriedHost } from '../core/delivery/evidence.ts';
import { requireTlsMissed } from '../core/log/tls-status.ts';
import type { Message } from '../core/mail/message.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { isUnfit, notDeliverable, tlsNeedOf } from '../core/mail/tls-need.ts';
import type { Standing } from './standing.ts';

/**
 * RFC 8689 §4.2.1: once every host was judged, and none is fit for mail that requires TLS, its sender is told at once. As long
 * as one may be fit that could not be asked, the mail waits.
 */
export function withVerdict(message: Message, standing: Standing): Standing {
  if (tlsNeedOf(message) !== 'required') return standing;
  const { hosts, incomplete } = standing;
  const isOver = !incomplete && byName(hosts).every(isJudged);
  const end = isOver ? hosts.findLast(isUnfitHost)?.status : undefined;
  const attempts = standing.attempts.map((attempt): Attempt => {
    if (!isDeferred(attempt.status)) return attempt;
    const status = end ?? attempt.status;
    if (!isUnfit(status)) return attempt;
    const { tls } = attempt;
    const told = tls === undefined ? {} : { tls: requireTlsMissed(tls, status.tlsFault?.kind) };
    return { ...attempt, ...told, status: end === undefined ? status : notDeliverable(status) };
  });
  return { ...standing, attempts };
}

/** The turns of each host: it has one for every address. */
function byName(hosts: readonly TriedHost[]): readonly (readonly TriedHost[])[] {
  const turns = new Map<string, readonly TriedHost[]>();
  for (const host of hosts) {
    turns.set(host.host, [...(turns.get(host.host) ?? []), host]);
  }
  return [...turns.values()];
}

/**
 * Whether a host is unfit: one of its addresses has said so, and nothing else was heard at the others. An address that
 * nobody answers at, perhaps for want of IPv6 here, is not the host.
 */
function isJudged(turns: readonly TriedHost[]): boolean {
  return turns.some(isUnfitHost) && turns.every((turn) => isUnfitHost(turn) || turn.step === 'connect');
}

function isUnfitHost({ status }: TriedHost): boolean {
  return status !== undefined && isUnfit(status);
}

function isDeferred(status: DeliveryStatus): status is Trouble {
  return status.outcome === 'deferred';
}
