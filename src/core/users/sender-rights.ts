import { parseDomain, plainLocalPart } from '../mail/address.ts';
import { readTable } from '../route/lookup-table.ts';

/** The rules of Postfix about who may use which sender (postconf(5), smtpd_sender_restrictions). */
export const senderRules = [
  'reject_sender_login_mismatch',
  'reject_authenticated_sender_login_mismatch',
  'reject_known_sender_login_mismatch',
  'reject_unauthenticated_sender_login_mismatch',
] as const;
export type SenderRule = (typeof senderRules)[number];

/** Whose each sender is. */
export interface SenderRights {
  /** Address or `@domain` in lower case -> names of users in lower case. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>;
  /** For the operator, each with file and line. */
  readonly problems: readonly string[];
}

/** Reads the source of `smtpd_sender_login_maps`: `ADDRESS-or-@DOMAIN LOGIN[, LOGIN]` a line. */
export function readSenderRights(text: string, fileName: string): SenderRights {
  const owners = new Map<string, ReadonlySet<string>>();
  const problems: string[] = [];
  for (const { line, key, value, misplaced } of readTable(text)) {
    const where = `${fileName}:${line}: "${key}":`;
    const address = comparable(key);
    const names = value.toLowerCase().split(/[\s,]+/);
    const logins = new Set(names.filter((name) => name !== ''));
    if (misplaced) problems.push(`${where} nothing before it that it could continue`);
    else if (!/^[^@]*@[^@]+$|^[^@]+$/.test(address))
      problems.push(`${where} neither an address nor a domain with "@" before it`);
    else if (owners.has(address)) problems.push(`${where} duplicate entry, the first one counts`);
    // With no login it is a sender that nobody may use.
    else owners.set(address, logins);
  }
  return { owners, problems };
}

/** As senders are compared: in lower case, without quotes that say nothing, domain in A-labels. */
function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  const local = plainLocalPart(at < 0 ? address : address.slice(0, at)).toLowerCase();
  const domain = address.slice(at + 1).toLowerCase();
  return at < 0 ? local : `${local}@${parseDomain(domain)?.toLowerCase() ?? domain}`;
}

/**
 * The owners of an address: under itself, without `+extension`, under its local part if the domain is our own, under
 * `@domain`. Undefined: it is not listed.
 *
 * @param address domain in A-labels
 */
export function ownersOf(
  { owners }: SenderRights,
  address: string,
  isOwnDomain: (domain: string) => boolean,
): ReadonlySet<string> | undefined {
  const lower = comparable(address);
  const at = lower.lastIndexOf('@');
  const [local, domain] = at < 0 ? [lower, ''] : [lower.slice(0, at), lower.slice(at + 1)];
  const plus = local.indexOf('+', 1);
  const base = plus < 0 ? local : local.slice(0, plus);
  const locals = base === local ? [local] : [local, base];
  const keys = [
    ...locals.map((one) => `${one}@${domain}`),
    ...(isOwnDomain(domain) ? locals : []),
    `@${domain}`,
  ];
  return keys.map((key) => owners.get(key)).find((found) => found !== undefined);
}

/** Who wants to send as whom. */
export interface SenderClaim {
  /** Empty for the null sender. */
  readonly sender: string;
  /** The name that the client has logged in with. */
  readonly user?: string | undefined;
}

/**
 * Why a client may not use this sender: the reply, or undefined if it may. The null sender is everybody's, as in
 * Postfix: it is what bounces have.
 */
export function judgeSender(
  rules: readonly SenderRule[],
  rights: SenderRights,
  { sender, user }: SenderClaim,
  isOwnDomain: (domain: string) => boolean,
): string | undefined {
  if (sender === '' || rules.length === 0) return undefined;
  const owners = ownersOf(rights, sender, isOwnDomain);
  const reply = (why: string): string => `553 5.7.1 <${sender}>: Sender address rejected: ${why}`;
  if (user === undefined) {
    const applies = rules.some((rule) => rule !== 'reject_authenticated_sender_login_mismatch');
    return applies && owners !== undefined ? reply('not logged in') : undefined;
  }
  if (owners?.has(user.toLowerCase()) === true) return undefined;
  const applies = rules.some(
    (rule) =>
      rule === 'reject_sender_login_mismatch' ||
      rule === 'reject_authenticated_sender_login_mismatch' ||
      (rule === 'reject_known_sender_login_mismatch' && owners !== undefined),
  );
  return applies ? reply(`not owned by user ${user}`) : undefined;
}
