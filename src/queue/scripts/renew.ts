import { flag, list, type ScriptAnswer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

export interface Renewal {
  readonly destination: string;
  readonly token: string;
}

/**
 * Renews leases. There is one answer for each, in their order: false if it was lost. A lease that expired while no other
 * run wanted the destination is renewed too: then it has its claims yet. Another run, even one that has come and gone
 * meanwhile, took all of them away.
 */
export const renew = script({
  flags: 'allow-oom',
  lua: `${claimed}
local lease = ARGV[1]
local answers = {}
for i = 2, #ARGV, 2 do
  local owner, token = base .. 'owner:' .. ARGV[i], ARGV[i + 1]
  local holder = redis.call('GET', owner)
  local isOurs = holder == token
  if not holder then
    local score = claimed(token)
    isOurs = redis.call('ZCOUNT', base .. 'd:' .. ARGV[i], score, score) > 0
  end
  if isOurs then redis.call('SET', owner, token, 'PX', lease) end
  answers[#answers + 1] = isOurs and 1 or 0
end
return answers
`,
  encode: ({ leaseMs, renewals }: { readonly leaseMs: number; readonly renewals: readonly Renewal[] }) => [
    leaseMs,
    ...renewals.flatMap(({ destination, token }) => [destination, token]),
  ],
  decode: (answer: ScriptAnswer) => list(answer).map((one) => flag(one)),
});
