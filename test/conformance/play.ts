import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import type { KitCase } from './case.ts';
import type { Decision, MtaOutcome, RunningMta } from './mta.ts';

/** What one mail came to, by the word of the mail server and by what the hosts of the lab saw. */
export interface Played {
  readonly outcome: MtaOutcome | 'refused';
  /** Mails that came to the host. */
  readonly mails: number;
  /** Mails that came to a host which must have none. */
  readonly astray: number;
  /** One of them came in clear. */
  readonly inClear: boolean;
}

/** Time for a host to have the mail that a mail server calls delivered: a Postfix writes it after its reply. */
const arrivalMs = 30_000;

/**
 * Gives a mail for each case to a mail server and waits for what it decides. Then everything that waits is tried once
 * more: a second attempt may be no laxer than the first. The hosts are looked at in the end, those that are to have a
 * mail when they have it.
 */
export async function playCases(
  mta: RunningMta,
  lab: Pick<Lab, 'host'>,
  cases: readonly KitCase[],
  patienceMs = arrivalMs,
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
  const last = await Promise.all(
    cases.map(async ({ domain }, place): Promise<Played['outcome']> => {
      const [id, before] = [ids[place], first[place]];
      if (id === undefined || before === undefined) return 'refused';
      return (before.outcome === 'waits' ? await decided(id, before.attempts, domain) : before).outcome;
    }),
  );
  await Promise.all(
    cases.map(async (one, place) => {
      if (last[place] !== 'delivered') return;
      const isThere = () => seenAt(lab, one).mails >= one.mails;
      // What does not come in that time is not seen, and the verdict says so.
      await until(isThere, `mail to ${one.domain}`, patienceMs).catch(() => undefined);
    }),
  );
  return cases.map((one, place) => ({ outcome: last[place] ?? 'refused', ...seenAt(lab, one) }));
}

function seenAt(
  lab: Pick<Lab, 'host'>,
  { host, others, domain }: KitCase,
): Pick<Played, 'mails' | 'astray' | 'inClear'> {
  const mailsAt = (name: string) =>
    lab.host(name).messages.filter(({ recipients }) => recipients.includes(`user@${domain}`));
  const mails = host === undefined ? [] : mailsAt(host);
  const astray = others.flatMap(mailsAt);
  return {
    mails: mails.length,
    astray: astray.length,
    inClear: [...mails, ...astray].some(({ tls }) => !tls),
  };
}
