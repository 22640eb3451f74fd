import { flag, list, type ScriptAnswer } from './answer.ts';
import { claimed } from './parts.ts';
import { script } from './script.ts';

/** `renewed`: granted, and the expired lease of the destination is valid again from the moment of the request. */
export type IntentAnswer = 'refused' | 'granted' | 'renewed';

export interface IntentRequest {
  readonly destination: string;
  readonly token: string;
  readonly queueId: string;
  /** `*` for all recipients that wait, otherwise indexes with commas. */
  readonly recipients: string;
}

/**
 * Stores that final dots are about to be sent, each only if the message is still claimed by the run that asks. There is
 * one answer for each, in their order. What belongs to another run is refused.
 */
export const recordIntent = script({
  flags: 'allow-oom',
  lua: `${claimed}
local lease = ARGV[1]
local answers = {}
for i = 2, #ARGV, 4 do
  local dest, token, id, dot = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local answer = 0
  if tonumber(redis.call('ZSCORE', base .. 'd:' .. dest, id) or 0) == claimed(token) then
    answer = 1
    if redis.call('SET', base .. 'owner:' .. dest, token, 'NX', 'PX', lease) then answer = 2 end
    local key, field = base .. 'm:' .. id, 'dot:' .. dest
    local before = redis.call('HGET', key, field)
    if before == '*' then dot = '*' end
    if before and dot ~= '*' then dot = before .. ',' .. dot end
    redis.call('HSET', key, field, dot)
  end
  answers[#answers + 1] = answer
end
return answers
`,
  encode: ({
    leaseMs,
    requests,
  }: {
    readonly leaseMs: number;
    readonly requests: readonly IntentRequest[];
  }) => [
    leaseMs,
    ...requests.flatMap(({ destination, token, queueId, recipients }) => [
      destination,
      token,
      queueId,
      recipients,
    ]),
  ],
  decode: (answer: ScriptAnswer) =>
    list(answer).map((one): IntentAnswer => (one === 2 ? 'renewed' : flag(one) ? 'granted' : 'refused')),
});
