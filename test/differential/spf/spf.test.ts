import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../../../src/core/dns/answer.ts';
import { evaluateSpf } from '../../../src/core/spf/evaluate.ts';
import { makeDice, type Dice } from '../../support/dice.ts';

/** Records of all sorts, as pyspf (python3-spf of Debian) and we evaluate them. */

interface Case {
  /** Owner and type -> records, or `fails`. */
  readonly zone: Readonly<Record<string, readonly unknown[] | 'fails'>>;
  readonly address: string;
  readonly sender: string;
  readonly helo: string;
}

const domains = Array.from({ length: 6 }, (_, at) => `d${at}.test`);
const addresses = ['192.0.2.9', '192.0.2.130', '198.51.100.7', '2001:db8::9', '2001:db8:1::9'];

function caseOf(dice: Dice): Case {
  const zone: Record<string, readonly unknown[] | 'fails'> = {};
  const chance = (percent: number): boolean => dice.chance(percent / 100);
  for (const domain of domains) {
    if (chance(85))
      zone[`${domain} TXT`] = chance(4)
        ? 'fails'
        : [recordOf(dice, domain), ...(chance(5) ? ['v=spf1 -all'] : []), 'x'];
    for (const host of [domain, `mx.${domain}`]) {
      if (chance(60)) zone[`${host} A`] = [dice.pick(addresses.filter((one) => !one.includes(':')))];
      if (chance(60)) zone[`${host} AAAA`] = [dice.pick(addresses.filter((one) => one.includes(':')))];
    }
    if (chance(60)) zone[`${domain} MX`] = [{ preference: 10, exchange: `mx.${domain}` }];
  }
  return { zone, address: dice.pick(addresses), sender: 'app@d0.test', helo: 'relay.d1.test' };
}

function recordOf(dice: Dice, domain: string): string {
  const terms = Array.from(
    { length: dice.below(6) },
    () => `${dice.pick(['', '', '+', '-', '~', '?'])}${termOf(dice, domain)}`,
  );
  const end = dice.pick([
    '-all',
    '~all',
    '?all',
    'all',
    '',
    `redirect=${dice.pick(domains.filter((one) => one !== domain))}`,
    'exp=d1.test -all',
    'v=foo',
  ]);
  return ['v=spf1', ...terms, end].filter((one) => one !== '').join(' ');
}

function termOf(dice: Dice, own: string): string {
  // pyspf refuses a record that includes itself, although what comes before decides.
  const domain = dice.pick(domains.filter((one) => one !== own));
  return dice.pick([
    `ip4:192.0.2.${dice.below(256)}/${dice.below(33)}`,
    'ip4:192.0.2.9',
    'ip4:192.0.2.0/33',
    'ip4:192.0.2',
    `ip6:2001:db8::/${dice.below(129)}`,
    'ip6:2001:db8::9',
    'ip6:192.0.2.9',
    'a',
    `a:${domain}`,
    `a:${domain}/24//48`,
    'a/33',
    'mx',
    `mx:${domain}/25`,
    'mx//64',
    `include:${domain}`,
    `include:${domain}`,
    'include',
    `exists:${domain}`,
    'exists:%{d}',
    'exists:%{o}',
    'exists:mx.%{d1r}.test',
    'exists:%{x}.test',
    'a:%{h3}',
    'ALL',
    'unknown',
    'all/8',
  ]);
}

function lookupIn(zone: Case['zone']): Lookup {
  return (async (name: string, type: string): Promise<Answer<unknown>> => {
    const found = zone[`${name.toLowerCase()} ${type}`];
    if (found === 'fails') return { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };
    const rest = { secure: false, name, aliases: [], ttl: 60 };
    if (found === undefined) return { kind: 'absent', denial: 'NXDOMAIN', ...rest };
    return { kind: 'found', records: found, ...rest };
  }) as Lookup;
}

async function byPyspf(cases: readonly Case[]): Promise<readonly (readonly [result: string, why: string])[]> {
  const child = spawn('/usr/bin/python3', [new URL('check.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(cases));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return JSON.parse(said) as (readonly [string, string])[];
}

test('we evaluate records as pyspf does', async () => {
  const dice = makeDice(Number(process.env['TEST_SEED'] ?? 1));
  const cases = Array.from({ length: 2_000 }, () => caseOf(dice));
  const theirs = await byPyspf(cases);
  const differences: unknown[] = [];
  const seen = new Set<string>();
  for (const [at, one] of cases.entries()) {
    const ours = await evaluateSpf('d0.test', one, lookupIn(one.zone));
    const [result = '', why = ''] = theirs[at] ?? [];
    seen.add(result);
    if (ours.result !== result)
      differences.push({ ours: ours.result, why: ours.why, result, theirs: why, ...one });
  }
  expect(differences).toEqual([]);
  expect([...seen].toSorted()).toEqual([
    'fail',
    'neutral',
    'none',
    'pass',
    'permerror',
    'softfail',
    'temperror',
  ]);
});
