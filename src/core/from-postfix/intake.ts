import { senderRules } from '../users/sender-rights.ts';
import { isDomainName } from '../postfix/names.ts';
import { readNetworks } from '../postfix/networks.ts';
import { readNumber, readYesNo, sizeText } from '../postfix/quantities.ts';
import { firstWord } from '../postfix/read-maps.ts';
import { listItems } from '../postfix/words.ts';
import { takeAddressMap, takeSenderLogins } from './address-maps.ts';
import { isUnknown, originOf, type Taking } from './taking.ts';

/** Who may send, under which limits, and what is done to addresses. */
export function takeIntake(taking: Taking): void {
  takeName(taking);
  takeNetworks(taking);
  takeOrigin(taking);
  takeSizeLimit(taking);
  takeExceptions(taking);
  takeBareNewline(taking);
  takeHiding(taking);
  takeCopies(taking);
  takeAddressMap(taking, 'sender_canonical_maps', 'intake.sender_canonical_maps', 'canonical');
  takeAddressMap(taking, 'virtual_alias_maps', 'intake.virtual_alias_maps', 'virtual');
  takeSenderRules(taking);
}

function takeName(taking: Taking): void {
  const value = taking.scope.value('myhostname');
  if (value.origins.length === 0 || isUnknown(taking, value, 'effect')) return;
  if (isDomainName(value.text)) taking.draft.set('hostname', value.text, value.origins);
  else taking.draft.refuse(originOf(value), `"${value.text}" is no name of a host`, 'effect');
}

function takeNetworks({ scope, draft, ports }: Taking): void {
  const value = scope.value('mynetworks');
  const style = scope.value('mynetworks_style');
  draft.account([...value.origins, ...style.origins]);
  if (scope.assignment('mynetworks') === undefined) {
    const isOpen = style.text !== '' && style.text.toLowerCase() !== 'host';
    draft.refuse(
      style.origins[0],
      isOpen
        ? `mynetworks is not set: Postfix takes mail from the ${style.text.toLowerCase()} of every interface; here networks has this machine alone`
        : 'mynetworks is not set: networks keeps its default, which is this machine',
      isOpen ? 'effect' : 'nothing',
    );
    return;
  }
  if (style.origins.length > 0)
    draft.refuse(originOf(style), 'Postfix does not look at it where there is mynetworks', 'nothing');
  const { networks, unread } = readNetworks(value.text, ports);
  for (const { about, why } of unread) draft.refuse(originOf(value), why, 'effect', about);
  draft.set('networks', networks, value.origins);
}

function takeOrigin(taking: Taking): void {
  const { scope, draft, ports } = taking;
  const value = scope.value('myorigin');
  const own = scope.value('myhostname');
  draft.account([...value.origins, ...scope.value('mydomain').origins]);
  const appends = scope.value('append_at_myorigin');
  if (readYesNo(appends.text) === false)
    draft.refuse(
      originOf(appends),
      'addresses without a domain always get one, or are refused (intake.append_origin = "none")',
      'effect',
    );
  if (scope.assignment('myorigin') === undefined || value.text === own.text) return;
  const written = value.text.startsWith('/')
    ? (firstWord(ports.readFile(value.text)) ?? value.text)
    : value.text;
  if (isUnknown(taking, value, 'effect')) return;
  if (isDomainName(written)) draft.set('intake.append_origin', written, value.origins);
  else draft.refuse(originOf(value), `"${written}" is no domain`, 'effect');
}

function takeSizeLimit({ scope, draft }: Taking): void {
  const value = scope.value('message_size_limit');
  if (value.origins.length === 0) return;
  const octets = readNumber(value.text);
  if (octets === undefined) draft.refuse(originOf(value), 'Postfix would not read this value', 'effect');
  else if (octets <= 0)
    draft.set('intake.message_size_limit', '1GiB', value.origins, 'The largest limit that there is.');
  else draft.set('intake.message_size_limit', sizeText(octets), value.origins);
}

const limits = [
  'smtpd_client_auth_rate_limit',
  'smtpd_client_connection_count_limit',
  'smtpd_client_connection_rate_limit',
  'smtpd_client_message_rate_limit',
  'smtpd_client_recipient_rate_limit',
];

/** Postfix spares mynetworks unless it is told otherwise, and our clients are those. */
function takeExceptions({ scope, draft, ports }: Taking): void {
  const value = scope.value('smtpd_client_event_limit_exceptions');
  const isLimited = limits.some((name) => scope.isSet(name));
  draft.account(value.origins);
  if (!isLimited && scope.assignment('smtpd_client_event_limit_exceptions') === undefined) return;
  if (!value.text.includes('$')) {
    const { networks, unread } = readNetworks(value.text, ports);
    for (const { about, why } of unread) draft.refuse(originOf(value), why, 'effect', about);
    if (networks.length > 0) draft.set('intake.client_event_limit_exceptions', networks, value.origins);
    return;
  }
  const networks = draft.settings.get('networks');
  const known = networks === undefined ? ['127.0.0.0/8', '::1/128'] : (networks.value as readonly string[]);
  draft.set(
    'intake.client_event_limit_exceptions',
    known,
    limits.flatMap((name) => scope.value(name).origins),
    'The limits of Postfix spare its own networks.',
  );
}

function takeBareNewline({ scope, draft }: Taking): void {
  const value = scope.value('smtpd_forbid_bare_newline');
  if (value.origins.length === 0) return;
  const word = value.text.toLowerCase();
  if (word === 'reject') draft.set('intake.bare_newline', 'reject', value.origins);
  else if (word === 'no' || word === 'note')
    draft.refuse(
      originOf(value),
      'a bare LF never ends a message here; it is repaired (intake.bare_newline)',
      'nothing',
    );
  else draft.set('intake.bare_newline', 'normalize', value.origins);
}

function takeHiding({ scope, draft }: Taking): void {
  const value = scope.value('smtpd_hide_client_session');
  if (readYesNo(value.text) === true) draft.set('intake.hide_client', 'always', value.origins);
  draft.account(value.origins);
}

function takeCopies(taking: Taking): void {
  const { scope, draft } = taking;
  const value = scope.value('always_bcc');
  if (value.text === '' || isUnknown(taking, value, 'effect')) return draft.account(value.origins);
  const domain = ownDomain(taking);
  if (value.text.includes('@')) draft.set('intake.always_bcc', value.text, value.origins);
  else if (domain !== undefined) draft.set('intake.always_bcc', `${value.text}@${domain}`, value.origins);
  else draft.refuse(originOf(value), 'it needs a domain', 'effect');
}

/** The domain of addresses without one, as far as it is known. */
export function ownDomain({ draft }: Pick<Taking, 'draft'>): string | undefined {
  for (const key of ['intake.append_origin', 'hostname']) {
    const value = draft.settings.get(key)?.value;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function takeSenderRules(taking: Taking): void {
  const { scope, draft } = taking;
  const lists = ['smtpd_client_restrictions', 'smtpd_helo_restrictions', 'smtpd_sender_restrictions'].map(
    (name) => scope.value(name),
  );
  const words = lists.flatMap(({ text, origins }) => listItems(text).map((word) => ({ word, origins })));
  const found = words.filter(({ word }) => senderRules.some((rule) => rule === word));
  const maps = scope.value('smtpd_sender_login_maps');
  if (found.length === 0) {
    if (maps.text !== '') draft.refuse(originOf(maps), 'no smtpd_sender_restrictions ask for it', 'nothing');
    return draft.account(maps.origins);
  }
  const isTaken = takeSenderLogins(taking);
  const origins = found.flatMap((one) => one.origins);
  if (isTaken) draft.set('intake.sender_restrictions', [...new Set(found.map(({ word }) => word))], origins);
  else
    draft.refuse(
      origins[0],
      'without smtpd_sender_login_maps: every client may use every sender',
      'protection',
      found.map(({ word }) => word).join(' '),
    );
}
