import { anchorRecords } from '../dane/anchor-records.ts';
import { parseFingerprint } from '../dane/fingerprint.ts';
import type { Fingerprints } from '../dane/fingerprint.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { toALabels } from '../mail/address.ts';
import { isDane, isPkix, securityLevels } from '../levels/levels.ts';
import type { SecurityLevel } from '../levels/levels.ts';
import { stsWishes, type StsWish } from '../sts/host-sts.ts';
import { stickyWishes, type StickyWish } from '../sticky/sticky-memory.ts';
import type { PolicyException } from './exception.ts';
import { parseMatchWord } from './match-names.ts';
import { policyWords, readPair } from './policy-words.ts';
import { isCipherWord, parseCipherGrade, parseProtocols } from './tls-parameters.ts';
import type { CipherGrade, TlsVersion } from './tls-parameters.ts';

/** What the operator demands of a destination. */
export type PolicyEntry =
  | AskedPolicy
  /** It is unreadable or impossible: mail waits, because less would not be what was demanded. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** A level and the attributes of an entry of the policy map. Attributes that it lacks come from the settings. */
export interface AskedPolicy {
  readonly kind: 'level';
  readonly level: SecurityLevel;
  /** At `verify` and `secure`. */
  readonly match?: readonly string[];
  /** At `fingerprint`; hexadecimal. */
  readonly fingerprints?: readonly string[];
  /** At `verify` and `secure`: trust anchors instead of the authorities, as TLSA records. */
  readonly anchors?: readonly TlsaRecord[];
  readonly ciphers?: CipherGrade;
  readonly versions?: readonly TlsVersion[];
  readonly exclude?: readonly string[];
  /** `hostname`, `nexthop` or a name. */
  readonly serverName?: string;
  readonly connectionReuse?: boolean;
  /** What is made of the MTA-STS policy of the destination; absent: what `stsWish` says. */
  readonly mtaSts?: StsWish;
  /** It is the level for all destinations, of which nobody has said anything about this one. */
  readonly general?: true;
  /** What is made of a host that loses DANE; absent: as in the settings. */
  readonly sticky?: StickyWish;
  /** Whether its hosts are asked by the clock, without mail; absent: as the settings have it. */
  readonly health?: boolean;
  /** What is tried out on its mail, and not enforced. */
  readonly whatIf?: PolicyEntry;
  /** It comes from this exception, and not from the settings. */
  readonly exception?: PolicyException;
}

/** What is needed to read an entry besides its text. */
export interface EntryContext {
  /** From the settings: the digest in which `match` is read, and what counts without `match`. */
  readonly fingerprints: Fingerprints;
  /** The text of a `tafile`, or why it cannot be read. */
  readonly readFile: (name: string) => { readonly text: string } | { readonly problem: string };
}

export interface ParsedEntry {
  readonly entry: PolicyEntry;
  /** Attributes without effect. */
  readonly ignored: readonly string[];
}

type Draft = { -readonly [K in keyof AskedPolicy]: AskedPolicy[K] };

/** Puts one value into the draft, or says what is wrong with it. */
type ReadAttribute = (draft: Draft, value: string, context: EntryContext) => string | undefined;

interface Attribute {
  readonly read: ReadAttribute;
  readonly validAt: (level: SecurityLevel) => boolean;
  readonly once: boolean;
  readonly mayBeEmpty?: boolean;
}

const anywhere = (): boolean => true;
/** Levels that leave something open where there is no usable DANE. */
const mayHaveSts = (level: SecurityLevel): boolean =>
  level === 'may' || level === 'encrypt' || level === 'dane';

const attributes: ReadonlyMap<string, Attribute> = new Map([
  ['ciphers', { read: readCiphers, validAt: anywhere, once: true }],
  ['protocols', { read: readProtocols, validAt: anywhere, once: true, mayBeEmpty: true }],
  ['exclude', { read: readExclude, validAt: anywhere, once: true, mayBeEmpty: true }],
  ['servername', { read: readServerName, validAt: anywhere, once: true }],
  ['match', { read: readMatch, validAt: (level) => isPkix(level) || level === 'fingerprint', once: false }],
  ['tafile', { read: readAnchorFile, validAt: isPkix, once: false }],
  ['mta_sts', { read: readMtaSts, validAt: mayHaveSts, once: true }],
  ['sticky', { read: readSticky, validAt: (level) => level === 'dane', once: true }],
  ['health', { read: readHealth, validAt: isDane, once: true }],
  ['what_if', { read: readWhatIf, validAt: anywhere, once: true }],
  ['connection_reuse', { read: readConnectionReuse, validAt: anywhere, once: false }],
  ['enable_rpk', { read: readRawKeys, validAt: anywhere, once: false }],
]);

/**
 * Reads the text after the key of a policy map: `LEVEL [attribute=value ...]`, with commas or white space between, and
 * `{ attribute = value }` where there are some in a value.
 */
export function parseEntry(value: string, context: EntryContext): ParsedEntry {
  const [word, ...pairs] = policyWords(value);
  if (word === undefined) return invalid('invalid empty policy');
  const name = word.toLowerCase();
  const level = securityLevels.find((each) => each === name);
  if (level === undefined) return invalid(`invalid security level "${word}"`);
  const draft: Draft = { kind: 'level', level };
  // Postfix uses such an entry, because its attributes have no effect without TLS.
  if (level === 'none') return { entry: draft, ignored: pairs };
  const seen = new Set<string>();
  for (const pair of pairs) {
    const complaint = readAttribute(draft, pair, seen, context);
    if (complaint !== undefined) return invalid(complaint);
  }
  const known = draft.fingerprints ?? context.fingerprints.values;
  if (level === 'fingerprint' && known.length === 0) {
    return invalid('configured at fingerprint security level, but with no fingerprints to match.');
  }
  return { entry: draft, ignored: [] };
}

function readAttribute(
  draft: Draft,
  word: string,
  seen: Set<string>,
  context: EntryContext,
): string | undefined {
  const pair = readPair(word);
  if ('problem' in pair) return `malformed attribute/value pair "${word}": ${pair.problem}`;
  const { name, value } = pair;
  const attribute = attributes.get(name.toLowerCase());
  if (attribute === undefined) return `invalid attribute name: "${name}"`;
  if (value === '' && attribute.mayBeEmpty !== true) return `attribute "${name}" has empty value`;
  if (!attribute.validAt(draft.level)) {
    return `attribute "${name}" invalid at security level "${draft.level}"`;
  }
  if (attribute.once && seen.has(name.toLowerCase())) {
    return `attribute "${name}" is specified multiple times`;
  }
  seen.add(name.toLowerCase());
  return attribute.read(draft, value, context);
}

function readCiphers(draft: Draft, value: string): string | undefined {
  const grade = parseCipherGrade(value);
  if (grade === undefined) return `invalid TLS cipher grade: "${value}"`;
  draft.ciphers = grade;
  return undefined;
}

function readProtocols(draft: Draft, value: string): string | undefined {
  const versions = parseProtocols(value);
  if (versions === undefined) return `invalid TLS protocol list "${value}"`;
  draft.versions = versions;
  return undefined;
}

function readExclude(draft: Draft, value: string): string | undefined {
  const words = value.split(/[\s,:]+/).filter((word) => word !== '');
  if (!words.every(isCipherWord)) return `invalid TLS cipher exclusion list "${value}"`;
  draft.exclude = words;
  return undefined;
}

function readServerName(draft: Draft, value: string): string | undefined {
  const word = value.toLowerCase();
  const name = word === 'hostname' || word === 'nexthop' ? word : toALabels(word);
  if (name === undefined) return `"servername=${value}" specifies an invalid hostname`;
  draft.serverName = name;
  return undefined;
}

function readMatch(draft: Draft, value: string, context: EntryContext): string | undefined {
  if (draft.level === 'fingerprint') {
    const { digest } = context.fingerprints;
    for (const word of value.split('|').map((part) => part.trim())) {
      const fingerprint = parseFingerprint(word, digest);
      if (fingerprint === undefined) return `malformed ${digest} fingerprint "${word}"`;
      draft.fingerprints = [...(draft.fingerprints ?? []), fingerprint];
    }
    return undefined;
  }
  for (const word of value.split(':').map((part) => part.trim())) {
    const name = parseMatchWord(word);
    if (name === undefined) return `"match=${value}" specifies an invalid hostname`;
    draft.match = [...(draft.match ?? []), name];
  }
  return undefined;
}

function readAnchorFile(draft: Draft, value: string, context: EntryContext): string | undefined {
  const file = context.readFile(value);
  if ('problem' in file) return `error opening trust anchor file: ${value}: ${file.problem}`;
  const records = anchorRecords(file.text);
  if (records === undefined) return `no trust anchors, or one that cannot be read, in file: ${value}`;
  draft.anchors = [...(draft.anchors ?? []), ...records];
  return undefined;
}

function readMtaSts(draft: Draft, value: string): string | undefined {
  const word = value.toLowerCase();
  const wish = stsWishes.find((one) => one === word);
  if (wish === undefined) return `attribute "mta_sts" has bad value: "${value}"`;
  draft.mtaSts = wish;
  return undefined;
}

function readSticky(draft: Draft, value: string): string | undefined {
  const word = value.toLowerCase();
  const wish = stickyWishes.find((one) => one === word);
  if (wish === undefined) return `attribute "sticky" has bad value: "${value}"`;
  draft.sticky = wish;
  return undefined;
}

function readHealth(draft: Draft, value: string): string | undefined {
  const word = value.toLowerCase();
  if (word !== 'on' && word !== 'off') return `attribute "health" has bad value: "${value}"`;
  draft.health = word === 'on';
  return undefined;
}

/** Never a reason to keep mail: what cannot be read is not tried out. */
function readWhatIf(draft: Draft, value: string, context: EntryContext): string | undefined {
  draft.whatIf = parseTriedOut(value, context);
  return undefined;
}

/** The text of a policy that is only tried out, as an entry has it. */
export function parseTriedOut(value: string, context: EntryContext): PolicyEntry {
  const { entry } = parseEntry(value, context);
  return entry.kind === 'level' && entry.whatIf !== undefined
    ? { kind: 'invalid', reason: 'attribute "what_if" within what is tried out' }
    : entry;
}

function readConnectionReuse(draft: Draft, value: string): string | undefined {
  const reuse = yesOrNo(value);
  if (reuse === undefined) return `attribute "connection_reuse" has bad value: "${value}"`;
  draft.connectionReuse = reuse;
  return undefined;
}

/** Whether a server may show a bare key (RFC 7250). We offer none, and so it shows a certificate. */
function readRawKeys(_: Draft, value: string): string | undefined {
  return yesOrNo(value) === undefined ? `attribute "enable_rpk" has bad value: "${value}"` : undefined;
}

function yesOrNo(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return word === 'yes' ? true : word === 'no' ? false : undefined;
}

function invalid(reason: string): ParsedEntry {
  return { entry: { kind: 'invalid', reason }, ignored: [] };
}
