import type { Attempt } from '../core/delivery/attempt.ts';
import type { SessionTls } from '../core/delivery/session.ts';
import type { KeptResult, RecipientState } from '../core/mail/kept.ts';
import type { Writable } from '../core/writable.ts';

/** Groups of recipients that are told apart; every recipient may have a reply of its own. */
const MOST_GROUPS = 16;
/** Characters of addresses, of all groups together. */
const ADDRESS_CHARACTERS = 4_096;
/** A host may write pages. */
const LONGEST_REASON = 300;

interface Group {
  readonly result: Omit<KeptResult, 'to'>;
  readonly addresses: string[];
}

/**
 * What became of recipients, those that fared alike together. Small groups are told with all their addresses before
 * large ones are.
 */
export function keptResults(
  attempts: readonly Attempt[],
  stateOf: (attempt: Attempt) => RecipientState,
): readonly KeptResult[] {
  const groups = new Map<string, Group>();
  for (const attempt of attempts) {
    const state = stateOf(attempt);
    const { dsn, reason, relay = '' } = attempt.status;
    const exact = `${state} ${dsn} ${relay} ${reason}`;
    const key = groups.has(exact) || groups.size < MOST_GROUPS ? exact : state;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, groupOf(attempt, state));
    else group.addresses.push(attempt.recipient.address);
  }
  return withAddresses([...groups.values()]);
}

function groupOf({ status, recipient, evidence }: Attempt, state: RecipientState): Group {
  const { dsn, reason, relay } = status;
  const session = evidence?.hosts.findLast((host) => host.tls !== undefined && host.relay === relay)?.tls;
  const result: Writable<Group['result']> = { state, dsn, reason: reason.slice(0, LONGEST_REASON) };
  if (relay !== undefined) result.relay = relay;
  if (session !== undefined) result.tls = tlsText(session);
  return { result, addresses: [recipient.address] };
}

/** `Verified 3 1 1` */
function tlsText({ word, proof }: SessionTls): string {
  const record = proof?.record;
  return record === undefined ? word : `${word} ${record.usage} ${record.selector} ${record.matching}`;
}

function withAddresses(groups: readonly Group[]): readonly KeptResult[] {
  const room = new Map<Group, number>();
  let left = ADDRESS_CHARACTERS;
  for (const group of groups.toSorted((one, other) => one.addresses.length - other.addresses.length)) {
    let count = 0;
    for (const address of group.addresses) {
      left -= address.length;
      if (left < 0) break;
      count += 1;
    }
    room.set(group, count);
  }
  return groups.map((group) => {
    const { result, addresses } = group;
    const to = addresses.slice(0, room.get(group));
    const toLeftOut = addresses.length - to.length;
    return toLeftOut > 0 ? { ...result, to, toLeftOut } : { ...result, to };
  });
}
