import type { DeliveryStatus, LastFailure } from '../mail/status.ts';
import type { Diagnosis } from './diagnosis.ts';
import { diagnoseTls } from './tls-faults.ts';

/** What is known of a failure: a status, or what is stored of one. */
export type Failure = LastFailure & Partial<Pick<DeliveryStatus, 'outcome' | 'scope' | 'ambiguous' | 'ours'>>;

/**
 * Why mail is not delivered, for the operator of this relay; `core/report/explain` says it to the sender. Reads facts,
 * never the English words of a reason.
 *
 * @param domain of the recipient, or the next hop
 */
export function diagnose(failure: Failure, domain: string): Diagnosis {
  if (failure.ambiguous === true) return inDoubt;
  if (failure.tlsFault !== undefined) return diagnoseTls(failure.tlsFault, domain);
  if (failure.ours === true) return ourTrouble;
  return byCode(failure, domain);
}

const inDoubt: Diagnosis = {
  kind: 'in doubt',
  cause:
    'The whole message was sent, and the connection ended before the host said whether it took it. It may have arrived.',
  whose: 'us',
  advice: [
    'ask the recipient whether it arrived',
    'dane-relay queue release ID (sends it, perhaps again), or dane-relay queue delete ID',
  ],
};

const ourTrouble: Diagnosis = {
  kind: 'this machine',
  cause: 'This relay was in trouble itself. The mail waits, and its time is not up because of it.',
  whose: 'us',
  advice: ['dane-relay health', 'dane-relay doctor'],
};

type Told = Omit<Diagnosis, 'advice'> & { readonly advice?: readonly string[] };

/** RFC 3463 §3: what the digits behind the class say. */
const byDetail: Readonly<Record<string, (domain: string) => Told>> = {
  '1.1': (domain) => ({ kind: 'no such mailbox', cause: `${domain} has no such mailbox.`, whose: 'sender' }),
  '1.2': noHost,
  '1.6': (domain) => ({
    kind: 'no such mailbox',
    cause: `The mailbox has moved away from ${domain}.`,
    whose: 'sender',
  }),
  '1.10': (domain) => ({
    kind: 'null MX',
    cause: `${domain} says in the DNS that it takes no mail (null MX, RFC 7505).`,
    whose: 'sender',
  }),
  '2.1': (domain) => ({ kind: 'mailbox', cause: `The mailbox at ${domain} is disabled.`, whose: 'receiver' }),
  '2.2': (domain) => ({ kind: 'mailbox', cause: `The mailbox at ${domain} is full.`, whose: 'receiver' }),
  '2.3': tooLarge,
  '3.1': (domain) => ({
    kind: 'put off',
    cause: `The mail host of ${domain} has no room at the moment.`,
    whose: 'receiver',
  }),
  '3.4': tooLarge,
  '3.5': (domain) => ({
    kind: 'settings',
    cause: `The settings of this relay lead mail for ${domain} to a next hop that does not exist, or a host on the way is set up wrongly.`,
    whose: 'us',
    advice: ['look at delivery.relayhost and delivery.transport_maps', `dane-relay explain ${domain}`],
  }),
  '4.1': (domain) => ({
    kind: 'unreachable',
    cause: `No connection to a mail host of ${domain}: it is down, a firewall is in the way, or it refuses.`,
    whose: 'receiver',
    advice: [
      `dane-relay check ${domain}`,
      'if every destination fails like this: is outbound port 25 open? dane-relay doctor',
    ],
  }),
  '4.2': (domain) => ({
    kind: 'connection lost',
    cause: `The mail host of ${domain} hung up or fell silent in the middle.`,
    whose: 'receiver',
    advice: [`dane-relay trace --domain ${domain}`],
  }),
  '4.3': (domain) => ({
    kind: 'DNS failed',
    cause: `The name servers of ${domain} or of its mail hosts give no usable answer.`,
    whose: 'receiver',
    advice: [`dane-relay check ${domain}`],
  }),
  '4.4': noHost,
  '4.6': (domain) => ({
    kind: 'loop',
    cause: `Mail for ${domain} would come back to this relay.`,
    whose: 'us',
    advice: ['look at delivery.transport_maps, and at the MX records of the domain'],
  }),
  '7.8': () => ({
    kind: 'login refused',
    cause: 'The host refuses the name or the password with which this relay logs in.',
    whose: 'us',
    advice: ['look at delivery.sasl_password_maps'],
  }),
};

function noHost(domain: string): Told {
  return { kind: 'no such host', cause: `There is no mail host for ${domain}.`, whose: 'sender' };
}

function tooLarge(domain: string): Told {
  return { kind: 'too large', cause: `The message is larger than ${domain} takes.`, whose: 'sender' };
}

function byCode({ dsn, outcome, remote }: Failure, domain: string): Diagnosis {
  const told = byDetail[dsn.slice(dsn.indexOf('.') + 1)]?.(domain) ?? byReply(dsn, outcome, remote?.host);
  return { ...told, advice: told.advice ?? [] };
}

function byReply(dsn: string, outcome: Failure['outcome'], host: string | undefined): Told {
  if (host === undefined) {
    return { kind: 'other', cause: 'The mail cannot be delivered. The log says why.', whose: 'us' };
  }
  const isFinal = outcome === 'bounced' || dsn.startsWith('5.');
  // RFC 3463 §3.8: X.7.X is about what its operators allow. For a first attempt that is how greylisting looks.
  if (dsn.slice(2).startsWith('7.')) {
    return isFinal
      ? {
          kind: 'not allowed',
          cause: `${host} does not allow the message by its own rules. Its reply says more.`,
          whose: 'sender',
        }
      : {
          kind: 'put off',
          cause: `${host} puts the message off by its own rules (greylisting, a limit, a bad reputation). Its reply says more.`,
          whose: 'nobody',
          advice: ['wait: it is tried again by itself'],
        };
  }
  return isFinal
    ? {
        kind: 'refused',
        cause: `${host} refuses the message for good. Its reply says more.`,
        whose: 'sender',
      }
    : {
        kind: 'put off',
        cause: `${host} puts the message off for the time being. Its reply says more.`,
        whose: 'nobody',
        advice: ['wait: it is tried again by itself'],
      };
}
