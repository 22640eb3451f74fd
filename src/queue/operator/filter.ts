import { domainOf } from '../../core/mail/address.ts';
import type { QueuedDelivery } from './inspect.ts';
import { normalised } from './names.ts';

/** Which deliveries are meant: those for which all of this holds. */
export interface QueueFilter {
  /** The message arrived at this moment or before, or behind it; epoch ms. */
  readonly arrivedBefore?: number;
  readonly arrivedAfter?: number;
  /** An address, or a domain (`x.test`, `@x.test`), or a domain and those below it (`.x.test`); `<>` is the null sender. */
  readonly sender?: string;
  /** The same, of one recipient at least. */
  readonly recipient?: string;
  /** The name of a destination, as in `queue list`. */
  readonly destination?: string;
  /** Part of the reason why it waits, in any case. */
  readonly reason?: string;
  /** Octets, inclusive. */
  readonly smallest?: number;
  readonly largest?: number;
  readonly states?: readonly QueuedDelivery['state'][];
}

/** So much of a reason is looked at. */
const REASON_CHARACTERS = 4_096;

/** The test that a filter is. */
export function matcher(filter: QueueFilter): (delivery: QueuedDelivery) => boolean {
  const { arrivedBefore = Infinity, arrivedAfter = -Infinity, smallest = 0, largest = Infinity } = filter;
  const { states } = filter;
  const sender = filter.sender === undefined ? undefined : addressMatcher(filter.sender);
  const recipient = filter.recipient === undefined ? undefined : addressMatcher(filter.recipient);
  const destination = filter.destination === undefined ? undefined : normalised(filter.destination);
  const reason = filter.reason?.toLowerCase();
  return (delivery) =>
    delivery.arrivedAt <= arrivedBefore &&
    delivery.arrivedAt > arrivedAfter &&
    delivery.size >= smallest &&
    delivery.size <= largest &&
    (states === undefined || states.includes(delivery.state)) &&
    (destination === undefined || normalised(delivery.destination) === destination) &&
    (sender === undefined || sender(delivery.sender)) &&
    (recipient === undefined || delivery.recipients.some(recipient)) &&
    (reason === undefined || reasonsOf(delivery).toLowerCase().includes(reason));
}

function reasonsOf({ dsn = '', reason = '', postponed = '' }: QueuedDelivery): string {
  return `${dsn} ${reason} ${postponed}`.slice(0, REASON_CHARACTERS);
}

function addressMatcher(pattern: string): (address: string) => boolean {
  if (pattern === '<>') return (address) => address === '';
  const wanted = normalised(pattern.startsWith('@') ? pattern.slice(1) : pattern);
  if (wanted.includes('@')) return (address) => normalised(address) === wanted;
  if (!wanted.startsWith('.')) return (address) => domainOf(normalised(address)) === wanted;
  return (address) => `.${domainOf(normalised(address))}`.endsWith(wanted);
}
