import type { Scope } from './scope.ts';
import { senderRules } from '../users/sender-rights.ts';
import type { Draft } from './draft.ts';
import { listItems } from '../postfix/words.ts';

/** Who may relay, apart from what single checks say of single clients. */
export interface Admission {
  readonly networks: boolean;
  readonly users: boolean;
  readonly clientCertificates: boolean;
}

const lists = [
  'smtpd_client_restrictions',
  'smtpd_helo_restrictions',
  'smtpd_sender_restrictions',
  'smtpd_relay_restrictions',
  'smtpd_recipient_restrictions',
] as const;

const otherLists = [
  'smtpd_data_restrictions',
  'smtpd_end_of_data_restrictions',
  'smtpd_etrn_restrictions',
] as const;

/** Behind these words nobody gets further who is not known, for a domain that is not of this machine. */
const ends = new Set([
  'reject',
  'defer',
  'reject_unauth_destination',
  'defer_unauth_destination',
  'check_relay_domains',
]);

/** What has been looked at for `admissionOf`, or says nothing to a relay that refuses strangers anyway. */
const understood = new Set([
  ...ends,
  ...senderRules,
  'permit',
  'permit_mynetworks',
  'permit_sasl_authenticated',
  'permit_tls_clientcerts',
  'permit_auth_destination',
  'permit_inet_interfaces',
  'reject_unauth_pipelining',
]);

export function admissionOf(scope: Scope): Admission {
  const words = lists.map((name) => listItems(scope.value(name).text).map((word) => word.toLowerCase()));
  const isAdmitted = (permit: string): boolean => words.every((list) => passes(list, permit));
  return {
    networks: isAdmitted('permit_mynetworks'),
    users: isAdmitted('permit_sasl_authenticated'),
    clientCertificates: isAdmitted('permit_tls_clientcerts'),
  };
}

/** Whether a client that only this word lets in gets through the list. */
function passes(list: readonly string[], permit: string): boolean {
  for (const word of list) {
    if (word === permit || word === 'permit') return true;
    if (ends.has(word)) return false;
  }
  return true;
}

/** Tells of everything in the lists that has no place here. */
export function reportChecks(scope: Scope, draft: Draft): void {
  for (const name of [...lists, ...otherLists]) {
    const { text, origins } = scope.value(name);
    draft.account(origins);
    const [origin] = origins;
    if (origin === undefined) continue;
    for (const word of listItems(text)) {
      if (understood.has(word.toLowerCase())) continue;
      draft.refuse(origin, reasonOf(word), lossOf(word), word);
    }
    if (isOpen(scope, name))
      draft.refuse(origin, 'permit lets strangers relay: here networks says who may', 'effect');
  }
}

function isOpen(scope: Scope, name: string): boolean {
  if (name !== 'smtpd_relay_restrictions' && name !== 'smtpd_recipient_restrictions') return false;
  const words = listItems(scope.value(name).text).map((word) => word.toLowerCase());
  const at = words.indexOf('permit');
  return at !== -1 && !words.slice(0, at).some((word) => ends.has(word));
}

/** Checks of strangers, who may not send anything here. */
const aboutStrangers =
  /^(?:reject_(?:rbl|rhsbl|unknown|non_fqdn|invalid|unlisted|unverified|multi|plaintext)|permit_|sleep|warn_if_reject|defer_if)/;

function lossOf(word: string): 'protection' | 'effect' {
  return aboutStrangers.test(word) ? 'effect' : 'protection';
}

function reasonOf(word: string): string {
  return aboutStrangers.test(word)
    ? 'strangers are refused in any case, and clients that may relay are not checked so'
    : 'a check that has no equivalent here';
}
