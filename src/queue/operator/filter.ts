import { domainOf } from '../../core/mail/address.ts';
import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { normalised } from './names.ts';

/** So much of a reason is looked at. */
const REASON_CHARACTERS = 4_096;

/** The test that a filter is. */
export function matcher(filter: QueueFilter): (delivery: QueuedDelivery) => boolean {
  const { arrivedBefore = Infinity, arrivedAfter = -Infinity, smallest = 0, largest = Infinity } = filter;
  const { states } = filter;
  const isSender = anyOf(filter.senders);
  const isRecipient = anyOf(filter.recipients);
  const destination = filter.destination === undefined ? undefined : normalised(filter.destination);
  const reason = filter.reason?.toLowerCase();
  return (delivery) =>
    delivery.arrivedAt <= arrivedBefore &&
    delivery.arrivedAt > arrivedAfter &&
    delivery.size >= smallest &&
    delivery.size <= largest &&
    (states === undefined || states.includes(delivery.state)) &&
    (destination === undefined || normalised(delivery.destination) === destination) &&
    isSender([delivery.sender]) &&
    isRecipient(delivery.recipients) &&
    (reason === undefined || reasonsOf(delivery).toLowerCase().includes(reason));
}

function reasonsOf({ dsn = '', reason = '', postponed = '' }: QueuedDelivery): string {
  return `${dsn} ${reason} ${postponed}`.slice(0, REASON_CHARACTERS);
}

/** Whether one of some addresses is one of those; any is where none is wanted. */
function anyOf(patterns: readonly string[] | undefined): (addresses: readonly string[]) => boolean {
  if (patterns === undefined) return () => true;
  const matchers = patterns.map(addressMatcher);
  return (addresses) => addresses.some((address) => matchers.some((isMeant) => isMeant(address)));
}

function addressMatcher(pattern: string): (address: string) => boolean {
  if (pattern === '<>') return (address) => address === '';
  const wanted = normalised(pattern.startsWith('@') ? pattern.slice(1) : pattern);
  if (wanted.includes('@')) return (address) => normalised(address) === wanted;
  if (!wanted.startsWith('.')) return (address) => domainOf(normalised(address)) === wanted;
  return (address) => `.${domainOf(normalised(address))}`.endsWith(wanted);
}
