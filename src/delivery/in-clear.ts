import type { Claim } from '../core/delivery/claim.ts';
import type { Connected, Session } from '../core/delivery/session.ts';
import { nextHostLine } from '../core/log/log-line.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Turn } from './dial-in-turn.ts';
import type { Delivery, DeliverPorts } from './ports.ts';

type Reached = Extract<Turn, { kind: 'reached' }>;

/**
 * Where policy demands nothing (`may`), mail that has waited for a while goes in clear to a host whose TLS does not
 * work, rather than not at all (RFC 7672 §2.2). Never where there is a TLSA record, and never at the first attempt. A
 * report about TLS does not wait: it is about just that (RFC 8460 §3).
 */
export function mayGoClear(
  { message }: Claim,
  { level }: UsableHost,
  { now, limits }: DeliverPorts,
): boolean {
  return level === 'may' && isOldEnough(message, now(), limits);
}

/** The same for mail that an open session was to carry. */
export function mayLeaveTls({ message }: Claim, session: Session, { now, limits }: DeliverPorts): boolean {
  const { tls, levels } = session;
  return tls !== undefined && levels?.final === 'may' && isOldEnough(message, now(), limits);
}

function isOldEnough(
  { tlsReport, arrivedAt }: Claim['message'],
  now: number,
  { clearAfterMs }: DeliverPorts['limits'],
): boolean {
  return tlsReport === true || now - arrivedAt >= clearAfterMs;
}

/** Opens a session as policy demands. If its TLS does not work and policy allows it, opens one in clear. */
export async function openSession(delivery: Delivery, reached: Reached, nextHop: string): Promise<Connected> {
  const { mail, ports, signal } = delivery;
  const { policy, connection, candidate } = reached;
  delivery.stage?.enter('opening', candidate.host);
  const connected = await connection.open(policy, nextHop, signal);
  if (connected.kind === 'open' || connected.tlsBroke !== true || !mayGoClear(mail, policy, ports))
    return connected;
  ports.log(nextHostLine(mail.message.queueId, connected.status.reason));
  return openInClear(delivery, reached, nextHop);
}

/** Dials the same address once more, without TLS. */
export async function openInClear(
  { ports, signal, stage }: Delivery,
  { candidate, policy }: Pick<Reached, 'candidate' | 'policy'>,
  nextHop: string,
): Promise<Connected> {
  stage?.enter('connecting', candidate.host);
  const again = await ports.dial(candidate, signal);
  if (again.kind === 'trouble') return { kind: 'trouble', step: 'connect', status: again.status };
  stage?.enter('opening', candidate.host);
  const inClear: UsableHost = { ...policy, initial: policy.level, level: 'none', key: 'none' };
  return again.connection.open(inClear, nextHop, signal);
}
