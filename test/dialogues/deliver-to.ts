import { until } from '../lab/until.ts';
import type { Candidate } from '../../src/delivery/route.ts';
import type { Claim } from '../../src/core/delivery/claim.ts';
import type { EffectiveLevel } from '../../src/core/levels/levels.ts';
import type { Message } from '../../src/core/mail/message.ts';
import { deliver } from '../../src/delivery/deliver.ts';
import { sessionPool } from '../../src/delivery/session-pool.ts';
import { createReachability } from '../../src/delivery/reachability.ts';
import { dialler } from '../../src/daemon/delivering.ts';
import {
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from '../scenario/session/scripted-server.ts';
import { patient } from '../scenario/session/session-kit.ts';
import { claimOf, policyAt } from '../support/delivery-kit.ts';

export interface Circumstances {
  /** Default `none`. */
  readonly level?: EffectiveLevel;
  readonly envelope?: Partial<Message['envelope']>;
  /** Default `hello`. */
  readonly content?: string;
  /** Of each host, whether its certificate is the right one; default all. */
  readonly genuine?: readonly boolean[];
  readonly ageMs?: number;
  readonly timeouts?: Partial<typeof patient>;
  readonly recipientLimit?: number;
}

export interface Delivery {
  /** `OUTCOME DSN SCOPE: REASON` of each recipient, in their order; host N as `mxN`. */
  readonly results: readonly string[];
  readonly log: readonly string[];
  readonly servers: readonly ScriptedServer[];
}

/** One attempt of the relay's own delivery, with its own sessions, to hosts `mx1`, `mx2` … in the order of their preference. */
export async function deliverTo(
  hosts: readonly (Script | 'absent')[],
  { level = 'none', genuine = [], ageMs = 0, timeouts, recipientLimit = 50, ...mail }: Circumstances = {},
): Promise<Delivery> {
  const servers = await Promise.all(hosts.map((host) => startScriptedServer(host === 'absent' ? {} : host)));
  const log: string[] = [];
  try {
    for (const [at, host] of hosts.entries()) if (host === 'absent') await servers[at]?.stop();
    const candidates = servers.map(({ port }, at): Candidate => ({
      host: `mx${at + 1}`,
      address: '127.0.0.1',
      port,
      family: 4,
      preference: at,
      best: at === 0,
      policy: async () => policyAt(level),
    }));
    const session = {
      heloName: 'relay.test',
      timeouts: { ...patient, ...timeouts },
      now: Date.now,
      log: ({ text }: { readonly text: string }) => void log.push(text),
    };
    const pool = sessionPool({ reuse: false, idleMs: 0, ageMs: 0, count: 0 }, Date.now);
    const attempts = await deliver(
      mailOf(mail, ageMs),
      { kind: 'route', nextHop: 'x.test', candidates, expiresAt: Infinity },
      {
        pool,
        ports: {
          dial: (candidate, signal) => {
            const isGenuine = genuine[candidate.preference] !== false;
            const judge = () =>
              isGenuine
                ? ({ word: 'Verified', ok: true } as const)
                : ({ word: 'Untrusted', ok: false, detail: 'num=65' } as const);
            return dialler({ ...session, judge })(candidate, signal);
          },
          reachability: createReachability(Date.now),
          headStartMs: 60_000,
          log: session.log,
          now: Date.now,
          limits: { recipients: recipientLimit, sessions: 2, clearAfterMs: 300_000 },
          ambiguous: 'resend',
        },
        signal: new AbortController().signal,
      },
    );
    // Whatever was left open by then would have stayed so; a host that reads no more does not see the end.
    for (const { sockets } of servers) for (const socket of sockets) socket.resume();
    await until(() => servers.every(({ seen }) => seen.every(({ closed }) => closed)));
    const results = attempts
      .toSorted((a, b) => a.index - b.index)
      .map(({ status: { outcome, dsn, scope, reason } }) => short(`${outcome} ${dsn} ${scope}: ${reason}`));
    return { results, log: log.map(short), servers };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function mailOf({ envelope, content = 'hello\r\n' }: Circumstances, ageMs: number): Claim {
  return claimOf({
    envelope: { sender: 'a@example.org', recipients: [{ address: 'r1@example.net' }], ...envelope },
    arrivedAt: Date.now() - ageMs,
    content: [Buffer.from(content)],
  });
}

function short(text: string): string {
  return text.replaceAll(/\[127\.0\.0\.1\](?::\d+)?/g, '');
}
