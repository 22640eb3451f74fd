import type { Connected } from '../../../src/core/delivery/session.ts';
import type { UsableHost } from '../../../src/core/tls-policy/host-policy.ts';
import type { EffectiveLevel } from '../../../src/core/levels/levels.ts';
import type { Transaction } from '../../../src/core/smtp/transaction.ts';
import { connect } from '../../../src/session/connect.ts';
import type { HostSession } from '../../../src/session/session.ts';
import type { SessionOptions, Target, Timeouts } from '../../../src/session/target.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import type { ScriptedServer } from './scripted-server.ts';

const never = new AbortController().signal;

export const patient: Timeouts = {
  connectMs: 60_000,
  heloMs: 60_000,
  starttlsMs: 60_000,
  mailMs: 60_000,
  rcptMs: 60_000,
  dataInitMs: 60_000,
  dataXferMs: 60_000,
  dataDoneMs: 60_000,
  rsetMs: 60_000,
  transactionMs: 600_000,
  quitMs: 60_000,
};

export interface Call {
  readonly lines: string[];
  readonly connected: Connected<HostSession>;
}

/** Connects to a scripted server as the client under test would, and keeps the log. */
export async function call(
  server: Pick<ScriptedServer, 'port'>,
  policy: UsableHost | EffectiveLevel,
  part: Partial<SessionOptions> & Partial<Pick<Target, 'address'>> & { signal?: AbortSignal } = {},
): Promise<Call> {
  const lines: string[] = [];
  const { address = '127.0.0.1', signal = never, ...options } = part;
  const connected = await connect(
    {
      host: 'mx.test',
      address,
      port: server.port,
      policy: typeof policy === 'string' ? policyAt(policy) : policy,
    },
    {
      heloName: 'relay.test',
      timeouts: patient,
      judge: () => ({ word: 'Verified', ok: true }),
      now: Date.now,
      log: ({ severity, text }) => lines.push(severity === 'info' ? text : `${severity}: ${text}`),
      ...options,
    },
    signal,
  );
  return { lines, connected };
}

export async function openSession(...parts: Parameters<typeof call>): Promise<HostSession> {
  const { connected } = await call(...parts);
  if (connected.kind === 'trouble') throw new Error(`no session: ${connected.status.reason}`);
  return connected.session;
}

export function transactionOf(content: string, part: Partial<Transaction> = {}): Transaction {
  const bytes = Buffer.from(content, 'latin1');
  return {
    sender: 'a@example.org',
    recipients: [{ address: 'b@example.net' }],
    body: '7BIT',
    smtpUtf8: false,
    size: bytes.length,
    content: () => [bytes],
    ...part,
  };
}

/** Runs one transaction that nobody aborts. */
export function offer(session: HostSession, transaction: Transaction): ReturnType<HostSession['transact']> {
  return session.transact(transaction, never);
}
