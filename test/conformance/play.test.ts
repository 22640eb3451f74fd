import { expect, test } from 'vitest';
import type { LabHostHandle } from '../lab/lab-host.ts';
import type { KitCase } from './case.ts';
import type { Decision, MtaOutcome, RunningMta } from './mta.ts';
import { playCases } from './play.ts';

interface FakeMail {
  readonly to: string;
  readonly host: string;
  readonly tls: boolean;
}

/** A lab whose hosts have what a fake mail server puts there. */
function fakeLab(mails: readonly FakeMail[]) {
  return {
    host: (name: string) =>
      ({
        get messages() {
          return mails
            .filter(({ host }) => host === name)
            .map(({ to, tls }) => ({ recipients: [`user@${to}`], tls }));
        },
      }) as unknown as LabHostHandle,
  };
}

/** Decides at each attempt what `plans` has for the domain: an outcome, and what it does to the lab. */
function fakeMta(plans: Readonly<Record<string, readonly (readonly [MtaOutcome, () => void])[]>>) {
  const decisions = new Map<string, Decision>();
  let flushes = 0;
  const attempt = (domain: string): void => {
    const before = decisions.get(domain)?.attempts ?? 0;
    const [outcome, act] = plans[domain]?.[before] ?? (['open', () => undefined] as const);
    act();
    decisions.set(domain, { outcome, attempts: before + 1 });
  };
  const mta: RunningMta = {
    version: 'fake',
    submit(recipient) {
      const domain = recipient.slice('user@'.length);
      if (plans[domain] === undefined) return Promise.resolve({ kind: 'refused' });
      attempt(domain);
      return Promise.resolve({ kind: 'taken', id: domain });
    },
    outcome: (id) => Promise.resolve(decisions.get(id) ?? { outcome: 'open', attempts: 0 }),
    flush() {
      flushes += 1;
      for (const [domain, { outcome }] of decisions) if (outcome === 'waits') attempt(domain);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
  return { mta, flushes: () => flushes };
}

const good: KitCase = {
  domain: 'good.test',
  what: 'gets it',
  host: 'mx.good.test',
  others: [],
  outcome: 'delivered',
  mails: 1,
  mayBeInClear: false,
};
const bad: KitCase = {
  domain: 'bad.test',
  what: 'must not get it',
  others: ['mx.bad.test'],
  outcome: 'waits',
  mails: 0,
  mayBeInClear: false,
};
const nothing = () => undefined;

test('playCases(): what waits is tried once more, and what came then is seen', async () => {
  const mails: FakeMail[] = [];
  const toBad = () => void mails.push({ to: 'bad.test', host: 'mx.bad.test', tls: false });
  const toGood = () => void mails.push({ to: 'good.test', host: 'mx.good.test', tls: true });
  const { mta, flushes } = fakeMta({
    'good.test': [['delivered', toGood]],
    'bad.test': [
      ['waits', nothing],
      ['waits', toBad],
    ],
  });
  expect(await playCases(mta, fakeLab(mails), [good, bad])).toEqual([
    { outcome: 'delivered', mails: 1, astray: 0, inClear: false },
    { outcome: 'waits', mails: 0, astray: 1, inClear: true },
  ]);
  expect(flushes()).toBe(1);
});

test('playCases(): mail that comes after the word of the mail server is waited for', async () => {
  const mails: FakeMail[] = [];
  const later = () =>
    void setTimeout(() => mails.push({ to: 'good.test', host: 'mx.good.test', tls: true }), 50);
  const { mta, flushes } = fakeMta({ 'good.test': [['delivered', later]] });
  expect(await playCases(mta, fakeLab(mails), [good])).toEqual([
    { outcome: 'delivered', mails: 1, astray: 0, inClear: false },
  ]);
  expect(flushes()).toBe(0);
});

test('playCases(): mail that never comes is not seen, mail of others is not counted', async () => {
  const other = { to: 'other.test', host: 'mx.good.test', tls: false };
  const { mta } = fakeMta({ 'good.test': [['delivered', nothing]] });
  expect(await playCases(mta, fakeLab([other]), [good], 20)).toEqual([
    { outcome: 'delivered', mails: 0, astray: 0, inClear: false },
  ]);
});

test('playCases(): a mail that was not taken is refused', async () => {
  const { mta } = fakeMta({});
  expect(await playCases(mta, fakeLab([]), [good])).toEqual([
    { outcome: 'refused', mails: 0, astray: 0, inClear: false },
  ]);
});
