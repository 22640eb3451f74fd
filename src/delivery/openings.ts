import type { Claim } from '../core/delivery/claim.ts';
import type { MemoryBudget } from '../core/memory-budget.ts';
import { networkOf } from '../core/route/address-network.ts';
import type { Candidate, Route } from './route.ts';
import type { AddressLimit, AddressPlace } from './address-limit.ts';
import type { DeliverPorts } from './ports.ts';

/** Memory of a connection with TLS, and of what both sides have sent and not yet read. */
const CONNECTION_BYTES = 96 * 1024;
/** Content up to this size is in memory from the claim on. Of larger content this much is, while it is sent. */
const SMALL_CONTENT_BYTES = 16 * 1024;
const LARGE_CONTENT_BYTES = 256 * 1024;

export interface OpeningPorts {
  readonly addresses: AddressLimit;
  /** Shared by all deliveries under way. */
  readonly memory: MemoryBudget;
}

/** What one delivery is allowed: a connection, and memory. */
export interface Opening {
  readonly dial: DeliverPorts['dial'];
  /** Ends the delivery. Its connections count until they end. */
  close(): void;
}

export interface OpeningWish {
  /** The destination in the queue. */
  readonly destination: string;
  /** There is a session that it may use. */
  readonly hasSession: boolean;
  /** It is the only delivery of its destination, and need not wait for memory. */
  readonly isOnly: boolean;
}

/**
 * Undefined if the delivery cannot begin now: its hosts have all the connections they may have, or there is no memory.
 */
export function openFor(
  mail: Pick<Claim, 'message' | 'waiting'>,
  route: Route,
  { destination, hasSession, isOnly }: OpeningWish,
  { addresses, memory, dial }: OpeningPorts & Pick<DeliverPorts, 'dial'>,
): Opening | undefined {
  const errand = {
    destination,
    queueId: mail.message.queueId,
    recipients: () => mail.waiting.map(({ recipient }) => recipient.address),
  };
  const bytes = CONNECTION_BYTES + contentBytes(mail.message.size);
  if (isOnly) memory.takeAnyway(bytes);
  else if (!memory.take(bytes)) return undefined;
  const wanted = hasSession ? [] : bestAddresses(route);
  let reserved: AddressPlace | undefined;
  if (wanted.length > 0) {
    reserved = addresses.reserve(wanted);
    if (reserved === undefined) {
      memory.give(bytes);
      return undefined;
    }
  }

  return {
    async dial(candidate, signal) {
      const place = take(candidate) ?? (await addresses.enter(candidate.address, signal));
      return dial(candidate, signal, () => place?.leave(), errand);
    },
    close() {
      reserved?.leave();
      memory.give(bytes);
    },
  };

  /** The reserved place, if it is at this address. */
  function take({ address }: Candidate): AddressPlace | undefined {
    if (reserved === undefined || reserved.network !== networkOf(address)) return undefined;
    const place = reserved;
    reserved = undefined;
    return place;
  }
}

function contentBytes(sizeBytes: number): number {
  return sizeBytes <= SMALL_CONTENT_BYTES ? sizeBytes : LARGE_CONTENT_BYTES;
}

/**
 * The hosts that are asked first. A less preferred host does not stand in for a better one that is busy with our own
 * mail (RFC 5321 §5.1).
 */
export function bestAddresses(route: Route): readonly string[] {
  if (route.kind !== 'route') return [];
  const best = Math.min(...route.candidates.map(({ preference }) => preference));
  return route.candidates.flatMap(({ preference, address }) => (preference === best ? [address] : []));
}
