import type { Case } from '../demo/cases.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import type { Decision, MtaOutcome, RunningMta } from './mta.ts';

/** What one mail came to, by the word of the mail server and by what the hosts of the lab saw. */
export interface Played {
  readonly outcome: MtaOutcome | 'refused';
  /** Mails that came to the host. */
  readonly mails: number;
  /** One of them came in clear. */
  readonly inClear: boolean;
}

export type CaseVerdict =
  /** As the RFCs have it. */
  | 'as expected'
  /** Mail went where it must not go, or in clear to a host that publishes TLSA records. */
  | 'UNSAFE'
  /** Mail went in clear to a host that offers TLS. Its domain publishes nothing, so that nothing forbids it. */
  | 'in clear'
  /** Mail waits or comes back that could have been delivered. */
  | 'not delivered'
  /** It comes back where it should wait, or waits where it should come back. */
  | 'other outcome';

/**
 * Gives a mail for each case to a mail server and waits for what it decides. Then everything that waits is tried once more: a
 * second attempt may be no laxer than the first. The hosts are looked at in the end.
 */
export async function playCases(
  mta: RunningMta,
  lab: Lab,
  cases: readonly Case[],
): Promise<readonly Played[]> {
  const ids: (string | undefined)[] = [];
  const decided = async (id: string, after: number, domain: string): Promise<Decision> => {
    let last: Decision = { outcome: 'open', attempts: 0 };
    await until(async () => {
      last = await mta.outcome(id);
      return last.attempts > after;
    }, `what becomes of mail to ${domain}`);
    return last;
  };
  const first: (Decision | undefined)[] = [];
  for (const { domain } of cases) {
    const submitted = await mta.submit(`user@${domain}`);
    const id = submitted.kind === 'taken' ? submitted.id : undefined;
    ids.push(id);
    first.push(id === undefined ? undefined : await decided(id, 0, domain));
  }
  if (first.some((one) => one?.outcome === 'waits')) await mta.flush();
  return Promise.all(
    cases.map(async ({ domain, host }, place): Promise<Played> => {
      const [id, before] = [ids[place], first[place]];
      if (id === undefined || before === undefined)
        return { outcome: 'refused', ...seenAt(lab, host, domain) };
      const last = before.outcome === 'waits' ? await decided(id, before.attempts, domain) : before;
      return { outcome: last.outcome, ...seenAt(lab, host, domain) };
    }),
  );
}

function seenAt(lab: Lab, host: string | undefined, domain: string): Pick<Played, 'mails' | 'inClear'> {
  const all = host === undefined ? [] : lab.host(host).messages;
  const mails = all.filter(({ recipients }) => recipients.includes(`user@${domain}`));
  return { mails: mails.length, inClear: mails.some(({ tls }) => !tls) };
}

/** What the expectation of a case says of a run. */
export function judgeCase(
  { expected }: Pick<Case, 'expected'>,
  { outcome, mails, inClear }: Played,
): CaseVerdict {
  const wanted = expectedOutcome(expected.outcome);
  if (mails > expected.mails || (inClear && !expected.unauthenticated)) return 'UNSAFE';
  if (outcome === 'delivered' && wanted !== 'delivered') return 'UNSAFE';
  if (outcome === wanted) return inClear ? 'in clear' : 'as expected';
  return wanted === 'delivered' ? 'not delivered' : 'other outcome';
}

/** `sent 2.0.0 Verified` as the kit has it. */
export function expectedOutcome(text: string): MtaOutcome {
  if (text.startsWith('sent')) return 'delivered';
  return text.startsWith('deferred') ? 'waits' : 'returned';
}
