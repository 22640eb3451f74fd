import { domainOf } from '../mail/address.ts';
import type { MessageAccount } from '../mail/account.ts';
import type { KeptAttempt, KeptFailure } from '../mail/kept.ts';
import { diagnose, type Failure } from './diagnose.ts';
import {
  explainSchema,
  type AddressView,
  type DestinationView,
  type ExplainView,
  type LimitsView,
  type MessageView,
  type ResolverView,
  type RouteView,
  type RuleView,
  type WaitingMail,
  type WaitingReason,
  type WaitingSummary,
} from './view.ts';

/** What the queue tells of a destination, before anything is made of it. */
export interface WaitingFacts extends Omit<WaitingSummary, 'reasons'> {
  readonly reasons: readonly (Omit<WaitingReason, 'diagnosis'> & { readonly last?: Failure })[];
}

/** Where answers come from. */
export interface ExplainPorts {
  account(queueId: string): Promise<MessageAccount | undefined>;
  past(kind: 'address' | 'destination', name: string): AsyncIterable<KeptAttempt>;
  /** The evidence of the last failed attempt; undefined if there is none. */
  failure(queueId: string, destination: string): Promise<KeptFailure | undefined>;
  /** Undefined if nothing waits there. */
  waitingFor(destination: string): Promise<WaitingFacts | undefined>;
  /** Messages that wait for an address there, as far as they are found soon. */
  waitingMail(
    address: string,
    destination: string,
  ): Promise<readonly (WaitingMail & { readonly last?: Failure })[]>;
  /** By the settings in force. */
  ruleOf(mailbox: string): RuleView;
  /** The same where the next hop is known. */
  ruleOfHop(nextHop: string): RuleView;
  readonly limits: LimitsView;
  /** Ages at which mail is given up, the second for messages of the null sender. */
  readonly lifetimeMs: number;
  readonly bounceLifetimeMs: number;
  readonly keptMs: number;
  /** Of a relay that runs. */
  readonly live?: LivePorts;
  readonly now: () => number;
}

export interface LivePorts {
  resolver(): ResolverView;
  /** Undefined while nothing is delivered there. */
  window(destination: string): number | undefined;
  route(nextHop: string): Promise<RouteView>;
}

/** Attempts to one address or destination that are told. */
const MOST_ATTEMPTS = 20;

/**
 * What happened to a message, to mail for an address or for a destination, and what will happen next. `name` is a queue
 * ID, an address, or the name of a domain or next hop.
 */
export async function explainView(name: string, ports: ExplainPorts): Promise<ExplainView> {
  if (name.includes('@')) return addressView(name, ports);
  const account = /[.:[]/.test(name) ? undefined : await ports.account(name);
  if (account !== undefined) return messageView(account, ports);
  const waiting = await ports.waitingFor(name);
  if (waiting === undefined && !/[.:[]/.test(name)) {
    return { ...frameOf(ports), kind: 'unknown', name, keptMs: ports.keptMs };
  }
  return destinationView(name, waiting, ports);
}

function frameOf({ live, now }: ExplainPorts): Pick<ExplainView, 'schema' | 'at' | 'live'> {
  return { schema: explainSchema, at: now(), live: live !== undefined };
}

function messageView(account: MessageAccount, ports: ExplainPorts): MessageView {
  const { message } = account;
  const lifetime =
    message?.sender === '' ? Math.min(ports.bounceLifetimeMs, ports.lifetimeMs) : ports.lifetimeMs;
  return {
    ...frameOf(ports),
    kind: 'message',
    ...account,
    waiting: account.waiting.map((waiting) => {
      const { last, state, recipients, destination } = waiting;
      const failure = state === 'held' && last !== undefined ? { ...last, ambiguous: true as const } : last;
      return {
        ...waiting,
        ...(failure !== undefined && {
          diagnosis: diagnose(failure, domainOf(recipients[0] ?? destination)),
        }),
        policy: ruleAt(destination, recipients[0], ports),
      };
    }),
    ...(message !== undefined && { givenUpAt: message.arrivedAt + lifetime }),
    ...(ports.live !== undefined && { resolver: ports.live.resolver() }),
  };
}

/** As the table of next hops says it for the recipient, unless it says something else by now. */
function ruleAt(destination: string, recipient: string | undefined, ports: ExplainPorts): RuleView {
  const rule = recipient === undefined || recipient === '' ? undefined : ports.ruleOf(recipient);
  return rule?.nextHop === destination ? rule : ports.ruleOfHop(destination);
}

async function addressView(address: string, ports: ExplainPorts): Promise<AddressView> {
  const policy = ports.ruleOf(address);
  const { attempts, hasMore } = await newest(ports.past('address', address));
  const waiting = await ports.waitingFor(policy.nextHop);
  const mail = waiting === undefined ? [] : await ports.waitingMail(address, policy.nextHop);
  return {
    ...frameOf(ports),
    kind: 'address',
    address,
    nextHop: policy.nextHop,
    policy,
    ...(ports.live !== undefined && { resolver: ports.live.resolver() }),
    messages: mail.map(({ last, ...one }) => ({
      ...one,
      ...(last !== undefined && { diagnosis: diagnose(last, domainOf(address)) }),
    })),
    attempts,
    hasMore,
    ...(waiting !== undefined && { waiting: summaryOf(waiting, policy.nextHop) }),
  };
}

async function destinationView(
  name: string,
  there: WaitingFacts | undefined,
  ports: ExplainPorts,
): Promise<DestinationView> {
  // What is no next hop in the queue may be a domain whose mail goes elsewhere.
  const policy = there === undefined ? ports.ruleOf(`postmaster@${name}`) : ports.ruleOfHop(name);
  const destination = policy.nextHop;
  const waiting = there ?? (await ports.waitingFor(destination));
  const { attempts } = await newest(ports.past('destination', destination));
  const failed = attempts.find(({ results }) => results.some(({ state }) => state !== 'delivered'));
  const failure = failed && (await ports.failure(failed.queueId, destination));
  const { live } = ports;
  const window = live?.window(destination);
  return {
    ...frameOf(ports),
    kind: 'destination',
    destination,
    policy,
    ...(live !== undefined && { resolver: live.resolver(), route: await live.route(destination) }),
    ...(window !== undefined && { window }),
    limits: ports.limits,
    ...(waiting !== undefined && { waiting: summaryOf(waiting, destination) }),
    attempts,
    ...(failure !== undefined && { failure }),
  };
}

async function newest(
  past: AsyncIterable<KeptAttempt>,
): Promise<{ readonly attempts: readonly KeptAttempt[]; readonly hasMore: boolean }> {
  const attempts: KeptAttempt[] = [];
  for await (const attempt of past) {
    if (attempt.moved !== undefined) continue;
    if (attempts.length === MOST_ATTEMPTS) return { attempts, hasMore: true };
    attempts.push(attempt);
  }
  return { attempts, hasMore: false };
}

function summaryOf({ reasons, ...facts }: WaitingFacts, destination: string): WaitingSummary {
  return {
    ...facts,
    reasons: reasons.map(({ last, ...reason }) => ({
      ...reason,
      ...(last !== undefined && { diagnosis: diagnose(last, destination) }),
    })),
  };
}
