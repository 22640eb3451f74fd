import { availableParallelism } from 'node:os';
import type { Case } from './case.ts';
import type { OpensslJudgement, OpensslOracle } from './oracle.ts';
import type { OurJudgement } from './ours.ts';
import type { Verdict } from './verdict.ts';

export interface Comparison {
  readonly id: string;
  readonly ours: OurJudgement;
  readonly openssl: OpensslJudgement;
}

/** A kind of case that we judge otherwise than OpenSSL, and mean to. */
export interface KnownDifference {
  /** Fit the ids of these cases. All of them differ, and in this way. */
  readonly cases: readonly RegExp[];
  readonly ours: 'matched' | 'mismatch' | 'unusable';
  readonly openssl: 'matched' | 'mismatch' | 'unusable';
  readonly reason: string;
}

export interface Report {
  readonly cases: number;
  readonly same: number;
  readonly known: number;
  /** One line for each case that fails, and for each known difference that is none. */
  readonly problems: readonly string[];
}

/** Has every case judged by both, some at a time. */
export async function compare(
  cases: readonly Case[],
  judge: (each: Case) => OurJudgement,
  oracle: Pick<OpensslOracle, 'judge'>,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  const waiting = cases.values();
  async function lane(): Promise<void> {
    for (const each of waiting) {
      comparisons.push({ id: each.id, ours: judge(each), openssl: await oracle.judge(each) });
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism() + 1, 4) }, lane));
  return comparisons;
}

/**
 * What is to be said about the comparisons. A case that OpenSSL has not judged fails, whatever the list says.
 *
 * @param ids of all cases there are, where only some of them were compared
 */
export function report(
  comparisons: readonly Comparison[],
  knownDifferences: readonly KnownDifference[],
  ids: readonly string[] = comparisons.map(({ id }) => id),
): Report {
  const problems: string[] = [];
  let same = 0;
  let known = 0;
  for (const { id, ours, openssl } of comparisons) {
    const listed = knownDifferences.filter(({ cases }) => cases.some((pattern) => pattern.test(id)));
    if (openssl.kind === 'not reached') {
      problems.push(`${id}: not judged by OpenSSL: ${openssl.trouble}`);
    } else if (ours.verdict === openssl.verdict) {
      if (listed.length === 0) same += 1;
      else problems.push(`${id}: a known difference that no longer occurs: both ${ours.verdict}`);
    } else if (listed.some((each) => isAsListed(each, ours.verdict, openssl.verdict))) {
      known += 1;
    } else {
      problems.push(`${id}: ours ${said(ours)}, OpenSSL ${said(openssl)}`);
    }
  }
  for (const pattern of knownDifferences.flatMap(({ cases }) => cases)) {
    if (!ids.some((id) => pattern.test(id))) problems.push(`${String(pattern)} fits no case`);
  }
  for (const id of new Set(ids.filter((each, index) => ids.indexOf(each) < index)))
    problems.push(`${id}: two cases with one id`);
  return { cases: comparisons.length, same, known, problems };
}

function isAsListed(listed: KnownDifference, ours: Verdict, openssl: Verdict): boolean {
  return ours.startsWith(listed.ours) && openssl.startsWith(listed.openssl);
}

function said({ verdict, cause }: { readonly verdict: Verdict; readonly cause?: string }): string {
  return cause === undefined ? verdict : `${verdict} (${cause})`;
}
