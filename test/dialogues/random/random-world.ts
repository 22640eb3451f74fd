import type { Route } from '../../../src/delivery/route.ts';
import type { Lease } from '../../../src/core/delivery/lease.ts';
import type { Claim } from '../../../src/core/delivery/claim.ts';
import type { Outcome } from '../../../src/core/delivery/outcome.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import type { EffectiveLevel } from '../../../src/core/levels/levels.ts';
import { serveDestination, type ServePorts } from '../../../src/delivery/serve-destination.ts';
import { createReachability } from '../../../src/delivery/reachability.ts';
import { dialler } from '../../../src/daemon/delivering.ts';
import { wideOpenings } from '../../support/dialling.ts';
import {
  credentials,
  startScriptedServer,
  type ScriptedServer,
} from '../../scenario/session/scripted-server.ts';
import { patient } from '../../scenario/session/session-kit.ts';
import { makeDice, type Dice } from '../../support/dice.ts';
import { calmSite, candidateAt, claimOf, policyAt, routeOf } from '../../support/delivery-kit.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { randomScript, type Verdict } from './random-script.ts';

/** What happened in a world of random hosts: what we say, and what they say. */
export interface Story {
  readonly mails: readonly Claim[];
  readonly log: readonly LogEvent[];
  readonly verdicts: readonly Verdict[];
  /** Commands and contents as the hosts saw them, of the destinations at a level that requires TLS and of the others. */
  readonly servers: readonly { readonly level: EffectiveLevel; readonly server: ScriptedServer }[];
  /** Mail that was claimed and neither settled nor given back. */
  readonly forgotten: readonly string[];
}

const destinations = 8;
const mailsEach = 12;
const attemptsEach = 4;
/** Long enough for the hosts' small delays, short enough for their silences. */
const waitMs = 300;

const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const never = new AbortController().signal;
const timeouts = Object.fromEntries(
  Object.keys(patient).map((stage) => [stage, waitMs]),
) as unknown as typeof patient;

/** Delivers mail to a few destinations of random hosts, through the code that serves destinations, until it is settled. */
export async function randomWorld(seed: number): Promise<Story> {
  const story = {
    mails: [] as Claim[],
    log: [] as LogEvent[],
    verdicts: [] as Verdict[],
    forgotten: [] as string[],
  };
  const servers: Story['servers'][number][] = [];
  try {
    await Promise.all(
      Array.from({ length: destinations }, async (_, at) => {
        const dice = makeDice(seed * destinations + at + 1);
        const level = dice.pick<EffectiveLevel>(['none', 'may', 'encrypt']);
        const hosts = await Promise.all(
          dice.some(3, () =>
            startScriptedServer(() => randomScript(dice, tls, (verdict) => story.verdicts.push(verdict))),
          ),
        );
        for (const server of hosts) servers.push({ level, server });
        const mails = Array.from({ length: mailsEach }, (__, nth) => randomMail(dice, `m${at}x${nth}`));
        story.mails.push(...mails);
        const { lease, forgotten } = leaseOf(mails);
        await serveDestination(
          lease,
          portsOf(routeTo(hosts, level), (event) => story.log.push(event)),
          never,
          never,
        );
        story.forgotten.push(...forgotten);
      }),
    );
  } finally {
    await Promise.all(servers.map(({ server }) => server.stop()));
  }
  return { ...story, servers };
}

function randomMail(dice: Dice, queueId: string): Claim {
  const recipients = dice.some(7, () => 0).map((_, nth) => ({ address: `r${nth}@${queueId}.test` }));
  const content = Buffer.from(
    `Subject: ${queueId}\r\n\r\n${dice.some(400, () => 'so much for that\r\n').join('')}`,
  );
  const envelope = { sender: `${queueId}@from.test`, recipients };
  const parts = [content.subarray(0, 100), content.subarray(100)];
  return claimOf({ queueId, envelope, arrivedAt: Date.now(), content: parts });
}

/** A queue in memory that offers again at once what was deferred. */
function leaseOf(mails: readonly Claim[]): { lease: Omit<Lease, 'move'>; forgotten: ReadonlySet<string> } {
  const waiting = [...mails];
  const forgotten = new Set<string>();
  const lease: Omit<Lease, 'move'> = {
    destination: 'x.test',
    site: calmSite,
    async take(count) {
      const taken = waiting.splice(0, count);
      for (const { message } of taken) forgotten.add(message.queueId);
      return taken;
    },
    async settle(mail, { retry }: Outcome) {
      forgotten.delete(mail.message.queueId);
      if (retry === undefined || retry.attempts >= attemptsEach)
        return retry === undefined ? 'gone' : 'stays';
      const left = mail.waiting.filter(({ index }) => retry.left.includes(index));
      waiting.push({ ...mail, waiting: left, attempts: retry.attempts });
      return 'stays';
    },
    warn: async () => [],
    async release(given) {
      for (const { message } of given) forgotten.delete(message.queueId);
    },
    newMail: (ms) =>
      new Promise((resolve) => setTimeout(() => resolve(waiting.length > 0), Math.min(ms, 20))),
    crowded: () => false,
  };
  return { lease, forgotten };
}

function routeTo(hosts: readonly ScriptedServer[], level: EffectiveLevel): Route {
  return routeOf(
    hosts.map(({ port }, at) =>
      candidateAt(`mx${at}.test`, {
        address: '127.0.0.1',
        port,
        preference: at,
        best: at === 0,
        policy: async () => policyAt(level),
      }),
    ),
  );
}

function portsOf(route: Route, log: ServePorts['log']): ServePorts {
  const judge = () => ({ word: 'Untrusted', ok: true }) as const;
  const session = { heloName: 'relay.test', timeouts, judge, now: Date.now, log };
  const feedback = { amount: 1, per: 'delivery' } as const;
  return {
    findRoute: async () => route,
    policyVersion: () => 0,
    turns: { next: () => undefined },
    openings: wideOpenings(),
    deliver: {
      dial: dialler(session),
      reachability: createReachability(Date.now),
      headStartMs: 60_000,
      log,
      now: Date.now,
      limits: { recipients: 3, sessions: 2, clearAfterMs: 300_000 },
      ambiguous: 'resend',
    },
    conclude: {
      compose: async (_, { message }) => ({ message, content: Buffer.alloc(0) }),
      mayExpire: () => true,
      nextHopOf: () => 'from.test',
      reporter: { hostname: 'relay.test', dateText: String },
      notices: { classes: [], recipient: '', doubleBounce: 'double-bounce@relay.test' },
      delayWarningMs: 0,
      rules: { minimalBackoffMs: 1, maximalBackoffMs: 1, lifetimeMs: 1e9, bounceLifetimeMs: 1e9 },
      log,
      now: Date.now,
      dice: () => 0,
      ambiguous: 'resend',
    },
    pool: { reuse: true, idleMs: 300, ageMs: 1e9, count: 0 },
    pulse: { until: () => ({ met: new Promise(() => {}), end() {} }) },
    // A destination that fails is not left alone here: it would end the story.
    concurrency: {
      limit: 4,
      initial: 3,
      failedCohortLimit: 0,
      positive: feedback,
      negative: feedback,
      suspendMs: 1,
    },
    rateDelayMs: 0,
    activeDestinations: new Map(),
    log,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
