import { momentText } from '../core/time/moment-text.ts';
import { nameAsked } from './name-asked.ts';
import { duration } from '../core/duration-text.ts';
import type { PolicyUse } from '../core/sts/known-policy.ts';
import type { ListedPolicy, Queue } from '../queue/open-queue.ts';

type Print = (line: string) => boolean;
type Policies = Pick<Queue, 'stsPolicies'>;

interface Shown {
  readonly domains: readonly string[];
  readonly json: boolean;
  readonly now: number;
  readonly print: Print;
}

/** Shows what is known. True if every domain that was asked for has a policy. */
export async function listPolicies(
  { stsPolicies }: Policies,
  { domains, json, now, print }: Shown,
): Promise<boolean> {
  const wanted = new Set(domains.map(nameAsked));
  const all = await stsPolicies.list();
  const shown = wanted.size === 0 ? all : all.filter((one) => wanted.has(domainOf(one)));
  for (const one of shown) {
    const lines = json ? [JSON.stringify(policyRecord(one))] : describe(one, now);
    if (!lines.every((line) => print(line))) return true;
  }
  for (const one of shown) wanted.delete(domainOf(one));
  if (!json && shown.length === 0 && wanted.size === 0) print('No MTA-STS policy is known');
  if (!json) for (const name of wanted) print(`${name}: no MTA-STS policy is known`);
  return wanted.size === 0;
}

/** True if there was one of each domain. */
export async function refreshKnown(
  { stsPolicies }: Policies,
  domains: readonly string[],
  print: Print,
): Promise<boolean> {
  return forEach(domains, print, async (domain) =>
    (await stsPolicies.refreshNow(domain)) ? 'a relay fetches it within some seconds' : undefined,
  );
}

/** The same. */
export async function dropKnown(
  { stsPolicies }: Policies,
  domains: readonly string[],
  print: Print,
): Promise<boolean> {
  return forEach(domains, print, async (domain) =>
    (await stsPolicies.drop(domain)) ? 'the policy is forgotten' : undefined,
  );
}

async function forEach(
  domains: readonly string[],
  print: Print,
  act: (domain: string) => Promise<string | undefined>,
): Promise<boolean> {
  let all = true;
  for (const name of domains.map(nameAsked)) {
    const done = await act(name);
    print(`${name}: ${done ?? 'no MTA-STS policy is known'}`);
    all &&= done !== undefined;
  }
  return all;
}

function domainOf(one: ListedPolicy): string {
  return 'unreadable' in one ? one.unreadable : one.stored.domain;
}

function policyRecord(one: ListedPolicy): object {
  return 'unreadable' in one ? { schema: 1, domain: one.unreadable, unreadable: true } : readRecord(one);
}

function readRecord({ stored, refreshAt, usedAt, failure }: PolicyUse): object {
  const { domain, policy, id, fetchedAt, expiresAt } = stored;
  return {
    schema: 1,
    domain,
    mode: policy.mode,
    id,
    mx: policy.mx,
    maxAge: policy.maxAge,
    fetchedAt: momentText(fetchedAt),
    expiresAt: momentText(expiresAt),
    ...(refreshAt !== undefined && { refreshAt: momentText(refreshAt) }),
    ...(usedAt !== undefined && { usedAt: momentText(usedAt) }),
    ...(failure !== undefined && {
      failure: { times: failure.times, at: momentText(failure.at), reason: failure.detail },
    }),
    lines: policy.lines,
  };
}

function describe(one: ListedPolicy, now: number): readonly string[] {
  if ('unreadable' in one)
    return [`${one.unreadable}: a policy is stored that cannot be read; its mail waits`];
  const { stored, refreshAt, failure } = one;
  const { domain, policy, id, expiresAt } = stored;
  const next =
    refreshAt === undefined
      ? ''
      : refreshAt <= now
        ? ', is fetched anew now'
        : `, is fetched anew in ${duration(refreshAt - now)}`;
  return [
    `${domain}: ${policy.mode}, id ${id}, until ${momentText(expiresAt)} (for ${duration(expiresAt - now)})${next}`,
    ...(policy.mx.length === 0 ? [] : [`    mx ${policy.mx.join(' ')}`]),
    ...(failure === undefined
      ? []
      : [
          `    could not be fetched anew: ${failure.detail} (${failure.times} times, last ${momentText(failure.at)})`,
        ]),
  ];
}
