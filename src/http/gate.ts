import { setTimeout as sleep } from 'node:timers/promises';
import { findToken, type AccessToken } from '../core/http/token.ts';
import { tokenUnknown, type HttpClient } from './log-lines.ts';
import type { HttpPorts } from './options.ts';
import type { Problem } from './problem.ts';

/** The answer to a wrong token waits twice as long each time, up to this. */
const LONGEST_WAIT_MS = 16_000;
const FIRST_WAIT_MS = 1_000;
/** An address that has given no wrong token for so long begins anew. */
const FORGET_AFTER_MS = 10 * 60_000;
/** So many addresses are remembered, and so many answers wait at the same time. */
const MOST_ADDRESSES = 10_000;
const MOST_WAITING = 20;
const RATE_UNIT_MS = 60_000;

/** Who may do what: the tokens, and how much their holders have sent. */
export interface Gate {
  /** The token of a request, or why it has none. */
  enter(authorization: string | undefined, client: HttpClient): Promise<AccessToken | Problem>;
  /** Counts a message. The problem if there were too many. */
  message(token: AccessToken): Problem | undefined;
}

export function createGate({ tokens, log, now }: Pick<HttpPorts, 'tokens' | 'log' | 'now'>): Gate {
  const failures = new Map<string, { count: number; at: number }>();
  const rates = new Map<string, { since: number; count: number }>();
  let waiting = 0;

  async function slowDown(address: string): Promise<void> {
    const at = now();
    const known = failures.get(address);
    const count = known === undefined || at - known.at > FORGET_AFTER_MS ? 1 : known.count + 1;
    // The last one to fail comes last: the first of a map that is full is the oldest.
    failures.delete(address);
    failures.set(address, { count, at });
    const [oldest] = failures.keys();
    if (failures.size > MOST_ADDRESSES && oldest !== undefined) failures.delete(oldest);
    // Connections that wait are connections that others cannot have.
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    await sleep(Math.min(FIRST_WAIT_MS * 2 ** Math.min(count - 1, 10), LONGEST_WAIT_MS), undefined, {
      ref: false,
    });
    waiting -= 1;
  }

  return {
    async enter(authorization, client) {
      if (authorization === undefined) return unauthorized('a bearer token is needed', '');
      // RFC 6750 §2.1
      const [, text] = /^Bearer +([\w.~+/-]{1,512}=*) *$/i.exec(authorization) ?? [];
      if (text === undefined) return unauthorized('the token must come as "Authorization: Bearer TOKEN"', '');
      const token = findToken(tokens(), text);
      if (token !== undefined) {
        failures.delete(client.address);
        return token;
      }
      log(tokenUnknown(client));
      await slowDown(client.address);
      return unauthorized('nobody has this token', ', error="invalid_token"');
    },
    message({ name, rate }) {
      if (rate === 0) return undefined;
      const at = now();
      const known = rates.get(name);
      const current =
        known === undefined || at - known.since >= RATE_UNIT_MS ? { since: at, count: 0 } : known;
      rates.set(name, current);
      current.count += 1;
      if (current.count <= rate) return undefined;
      const retryAfter = Math.max(1, Math.ceil((current.since + RATE_UNIT_MS - at) / 1000));
      const detail = `this token may send ${rate} messages a minute`;
      return { status: 429, kind: 'rate', detail, retryAfter, smtpCode: 450, enhancedCode: '4.7.1' };
    },
  };
}

/** RFC 6750 §3 */
function unauthorized(detail: string, error: string): Problem {
  const challenge = `Bearer realm="dane-relay"${error}`;
  return { status: 401, kind: 'token', detail, headers: { 'www-authenticate': challenge } };
}
