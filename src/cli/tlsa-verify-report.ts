import { printable } from '../core/mail/printable.ts';
import { parametersText } from '../core/dane/make-record.ts';
import { rdataText, zoneLine } from '../core/dane/record-text.ts';
import type { ComparedRecord, Comparison, ShownAt } from '../core/tlsa/compare.ts';
import type { Published } from '../core/tlsa/find-published.ts';
import { recordJson } from './tlsa-record-lines.ts';
import { keyWords, recordWords, timeWords, type HexStyle } from './tlsa-words.ts';

/** What was found out about the records of a host. */
export interface Verification {
  readonly host: string;
  readonly port: number;
  readonly published: Published;
  /** Why nothing is known of signatures: the resolver does not validate. Absent if it does. */
  readonly unproved?: string;
  readonly shown: readonly ShownAt[];
  /** Addresses that show nothing, and why: a line each. */
  readonly troubles: readonly string[];
  /** Absent where the lookup failed. */
  readonly comparison?: Comparison;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** `0`: a sender takes the host. `1`: it does not, or a record is missing. `2`: that cannot be judged. */
export type VerifyExit = 0 | 1 | 2;

export function verifyExit({ published, unproved, shown, troubles, comparison }: Verification): VerifyExit {
  if (comparison === undefined || unproved !== undefined || shown.length === 0) return 2;
  const isWrong = comparison.fits.some(({ fit }) => fit === 'does not match');
  if (isWrong || comparison.missing.length > 0 || !isSigned(published)) return 1;
  return troubles.length > 0 || comparison.fits.some(({ fit }) => fit === 'unknown') ? 2 : 0;
}

export function verifyLines(found: Verification, style: HexStyle): readonly string[] {
  const { published, shown, troubles, comparison } = found;
  return [
    ...shown.map((each) => `${each.from} shows ${keyWords(each.shown, style)}`),
    ...troubles.map((text) => printable(text)),
    ...(comparison === undefined ? [] : table(found, comparison, style)),
    ...security(found),
    ...(comparison?.problems ?? []).map((text) => `cannot be made: ${text}`),
    ...change(found),
    ...(published.kind === 'failed' ? [] : [verdict(found)]),
  ];
}

function table(
  { published, unproved }: Verification,
  comparison: Comparison,
  style: HexStyle,
): readonly string[] {
  const isOpen = unproved !== undefined || !isSigned(published);
  const mark = unproved === undefined ? 'UNSIGNED' : 'UNSIGNED as far as this resolver tells';
  const title = isOpen ? `published (${mark}): ` : 'published: ';
  const rows = [
    ...comparison.published.map((each) => [title, each, meaning(each, comparison)] as const),
    ...comparison.missing.map((each) => ['missing: ', each, 'ADD now'] as const),
  ].map(([label, { record }, text]) => [label, recordWords(record, style), text] as const);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return [
    ...rows.map(([label, record, text]) =>
      `${label.padEnd(widths[0] ?? 0)}${record.padEnd(widths[1] ?? 0)}  ${text}`.trimEnd(),
    ),
    ...(comparison.leftOut > 0 ? [`and ${comparison.leftOut} more records`] : []),
    ...(comparison.published.length === 0 ? ['published: none'] : []),
  ];
}

function meaning(each: ComparedRecord, { published, fits }: Comparison): string {
  switch (each.state) {
    case 'matches':
      return fits.length > 1 && each.at.length < fits.length ? `matches ${each.at.join(', ')}` : 'matches';
    case 'outranked':
      return 'would match, but a stronger digest beside it counts alone (RFC 7671 section 9)';
    case 'unusable':
      return `of no use: ${each.reason ?? ''}`;
    case 'unknown':
      return 'cannot be judged by a key alone';
    case 'does not match':
      return mismatchMeaning(
        each,
        published,
        fits.every(({ fit }) => fit === 'matches'),
      );
  }
}

function mismatchMeaning(
  { record }: ComparedRecord,
  published: readonly ComparedRecord[],
  allIsWell: boolean,
): string {
  if (!allIsWell) return 'does not match: REMOVE after the new one is visible everywhere';
  const kind = parametersText(record);
  const hasSibling = published.some((one) => one.state === 'matches' && parametersText(one.record) === kind);
  return hasSibling
    ? 'is of nothing that is shown: keep it if it is of the next key, else REMOVE'
    : `is of nothing that is shown, and no other ${kind} matches (RFC 7671 section 8.4): replace or REMOVE`;
}

function security({ published, unproved }: Verification): readonly string[] {
  if (published.kind === 'failed')
    return [`the published records could not be looked up: ${printable(published.detail)}`];
  if (unproved !== undefined) return [`${unproved}: whether others see these records as signed is not known`];
  if (isSigned(published)) return [];
  return [`${published.owner} is not in a signed zone: senders ignore TLSA records there`];
}

/** When senders see it, if the zone is changed now. */
function change(found: Verification): readonly string[] {
  const { published, comparison, nowMs } = found;
  if (published.kind === 'failed' || comparison === undefined) return [];
  const isChanged =
    comparison.missing.length > 0 || comparison.published.some(({ state }) => state !== 'matches');
  if (!isChanged || published.ttl === 0) return [];
  const at = timeWords(nowMs + published.ttl * 1000, nowMs);
  const what = published.kind === 'records' ? 'TTL is' : 'senders may go on without records for';
  return [`${what} ${published.ttl} s: senders see the change by ${at}`];
}

function verdict(found: Verification): string {
  const { host, port, comparison } = found;
  const fits = comparison?.fits ?? [];
  const good = fits.filter(({ fit }) => fit === 'matches').length;
  const place = `${host}:${port}`;
  switch (verifyExit(found)) {
    case 0:
      return `${place}: senders authenticate it, ${good} of ${fits.length} match`;
    case 1:
      return good === fits.length && isSigned(found.published)
        ? `${place}: senders authenticate it, and a record is missing`
        : `${place}: senders cannot authenticate it, ${good} of ${fits.length} match`;
    case 2:
      return `${place}: cannot be judged`;
  }
}

function isSigned(published: Published): boolean {
  return published.kind !== 'failed' && published.signed;
}

/** One object; docs/tlsa.md describes it. */
export function verifyJson(found: Verification): Readonly<Record<string, unknown>> {
  const { host, port, published, unproved, shown, troubles, comparison, nowMs } = found;
  const { owner } = published;
  return {
    schema: 1,
    host,
    port,
    owner,
    verdict: (['authenticated', 'wrong', 'unknown'] as const)[verifyExit(found)],
    dnssec:
      unproved !== undefined || published.kind === 'failed'
        ? 'unknown'
        : published.signed
          ? 'signed'
          : 'unsigned',
    ...(unproved !== undefined && { resolver: unproved }),
    ...(published.kind === 'failed'
      ? { lookup: printable(published.detail) }
      : { ttl: published.ttl, visibleAt: new Date(nowMs + published.ttl * 1000).toISOString() }),
    shown: shown.map((each) => ({
      from: each.from,
      key: keyWords(each.shown, 'whole').replace('key sha256 ', ''),
      verdict: comparison?.fits.find(({ from }) => from === each.from)?.fit ?? 'unknown',
    })),
    troubles: troubles.map((text) => printable(text)),
    published: (comparison?.published ?? []).map(({ record, state, reason, at }) => ({
      rdata: rdataText(record),
      state,
      ...(reason !== undefined && { reason }),
      at,
    })),
    missing: (comparison?.missing ?? []).map((each) => ({
      ...recordJson(each),
      zone: zoneLine({ owner, record: each.record }),
    })),
    problems: comparison?.problems ?? [],
  };
}
