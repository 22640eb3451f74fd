import { decimal, flag, list, text, type ScriptAnswer } from './answer.ts';
import { script } from './script.ts';

/** Of those that are too many, so many make room in one step. */
const EVICTED_AT_ONCE = 10;

/** Takes whatever is known of a domain away. */
const forgetOne = `
local function forgetOne(domain)
  redis.call('ZREM', base .. 'sts-due', domain)
  redis.call('ZREM', base .. 'sts-used', domain)
  redis.call('HDEL', base .. 'sts-failed', domain)
  return redis.call('DEL', base .. 'sts:' .. domain)
end
`;

export interface PolicyPut {
  readonly domain: string;
  /** The policy as it is stored. */
  readonly text: string;
  readonly expiresAt: number;
  readonly refreshAt: number;
  readonly usedAt: number;
  /** Nothing is stored where there is none. */
  readonly isRefresh: boolean;
  /** Policies of a queue. */
  readonly most: number;
}

/**
 * Stores a policy in place of the one before; false if a refresh found none, because it was dropped. Of too many, those
 * go that mail has not asked for for the longest time.
 */
export const putPolicy = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
local domain, text, expiresAt, refreshAt, usedAt, isRefresh, most = unpack(ARGV)
local key, used = base .. 'sts:' .. domain, base .. 'sts-used'
if isRefresh == '1' and redis.call('EXISTS', key) == 0 then return 0 end
redis.call('SET', key, text, 'PXAT', expiresAt)
redis.call('ZADD', base .. 'sts-due', refreshAt, domain)
redis.call('HDEL', base .. 'sts-failed', domain)
if isRefresh == '1' then redis.call('ZADD', used, 'NX', usedAt, domain) else redis.call('ZADD', used, usedAt, domain) end
for _ = 1, ${EVICTED_AT_ONCE} do
  if redis.call('ZCARD', used) <= tonumber(most) then break end
  forgetOne(redis.call('ZRANGE', used, 0, 0)[1])
end
return 1
`,
  encode: ({ domain, text: stored, expiresAt, refreshAt, usedAt, isRefresh, most }: PolicyPut) => [
    domain,
    stored,
    Math.ceil(expiresAt),
    refreshAt,
    usedAt,
    isRefresh ? 1 : 0,
    most,
  ],
  decode: flag,
});

export interface PolicyUsed {
  readonly domain: string;
  readonly at: number;
  readonly expiresAt: number;
  /** Counts where nothing is planned before the policy expires. */
  readonly refreshAt: number;
}

/** Mail asked for a policy; false if there is none. */
export const usePolicy = script({
  flags: 'allow-oom',
  lua: `
local domain, at, expiresAt, refreshAt = unpack(ARGV)
if redis.call('EXISTS', base .. 'sts:' .. domain) == 0 then return 0 end
redis.call('ZADD', base .. 'sts-used', at, domain)
local due = base .. 'sts-due'
local planned = redis.call('ZSCORE', due, domain)
if not planned or tonumber(planned) >= tonumber(expiresAt) then redis.call('ZADD', due, refreshAt, domain) end
return 1
`,
  encode: ({ domain, at, expiresAt, refreshAt }: PolicyUsed) => [domain, at, expiresAt, refreshAt],
  decode: flag,
});

export interface PoliciesWanted {
  readonly now: number;
  /** When those that are taken are due again, if nothing comes of it. */
  readonly again: number;
  readonly most: number;
}

/** What is known of a policy. */
export interface PolicyFacts {
  readonly domain: string;
  readonly text: string;
  readonly refreshAt?: number | undefined;
  readonly usedAt?: number | undefined;
  readonly failed?: string | undefined;
}

/** Gives out policies that are due to be fetched anew. What is known of those that have expired goes. */
export const takePolicies = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
local now, again, most = unpack(ARGV)
local due, taken = base .. 'sts-due', {}
for _, domain in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
  local text = redis.call('GET', base .. 'sts:' .. domain)
  if text then
    local used = redis.call('ZSCORE', base .. 'sts-used', domain)
    local failed = redis.call('HGET', base .. 'sts-failed', domain)
    table.insert(taken, {domain, text, redis.call('ZSCORE', due, domain), used or '', failed or ''})
    redis.call('ZADD', due, again, domain)
  else
    forgetOne(domain)
  end
end
return taken
`,
  encode: ({ now, again, most }: PoliciesWanted) => [now, again, most],
  decode(answer: ScriptAnswer): readonly PolicyFacts[] {
    return list(answer).map((one) => {
      const [domain, stored, refreshAt, usedAt, failed] = list(one);
      return {
        domain: text(domain),
        text: text(stored),
        refreshAt: decimal(refreshAt),
        usedAt: text(usedAt) === '' ? undefined : decimal(usedAt),
        failed: text(failed) || undefined,
      };
    });
  },
});

export interface PolicyFailed {
  readonly domain: string;
  /** What is stored of it. */
  readonly text: string;
  readonly refreshAt: number;
}

/** A policy could not be fetched anew; false if there is none any more. */
export const failPolicy = script({
  flags: 'allow-oom',
  lua: `
local domain, text, refreshAt = unpack(ARGV)
if redis.call('EXISTS', base .. 'sts:' .. domain) == 0 then return 0 end
redis.call('HSET', base .. 'sts-failed', domain, text)
redis.call('ZADD', base .. 'sts-due', refreshAt, domain)
return 1
`,
  encode: ({ domain, text: stored, refreshAt }: PolicyFailed) => [domain, stored, refreshAt],
  decode: flag,
});

/** Plans when a policy is looked at next; false if there is none. */
export const planPolicy = script({
  flags: 'allow-oom',
  lua: `
local domain, at = unpack(ARGV)
if redis.call('EXISTS', base .. 'sts:' .. domain) == 0 then return 0 end
redis.call('ZADD', base .. 'sts-due', at, domain)
return 1
`,
  encode: ({ domain, at }: { readonly domain: string; readonly at: number }) => [domain, at],
  decode: flag,
});

/** Forgets a policy; false if there is none. */
export const dropPolicy = script({
  flags: 'allow-oom',
  lua: `${forgetOne}
return forgetOne(ARGV[1])
`,
  encode: ({ domain }: { readonly domain: string }) => [domain],
  decode: flag,
});
