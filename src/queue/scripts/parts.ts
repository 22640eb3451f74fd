import type { OutgoingReport } from '../../core/delivery/outcome.ts';
import { CLAIMED } from '../forms/keys.ts';
import { encodeRecord } from '../forms/record.ts';
import type { Argument } from './script.ts';
import { wake } from './wakeup.ts';

/** Lua: puts one message in place and wakes its destinations. Used by `accept`, and for reports. */
export const put = `${wake}
local function put(id, now, record, body, size, dests, wakeups)
  local fields = {'record', record, 'left', #dests, 'size', size}
  if #body > 0 then fields[7] = 'body'; fields[8] = body end
  redis.call('HSET', base .. 'm:' .. id, unpack(fields))
  for _, dest in ipairs(dests) do
    redis.call('ZADD', base .. 'd:' .. dest, now, id)
    redis.call('SADD', base .. 'dests', dest)
    local wakeup = wake(dest, now)
    if wakeup then wakeups[#wakeups + 1] = wakeup end
  end
end
`;

/** Lua: score of what a run has claimed. A token is `RUN:UUID`. */
export const claimed = `
local function claimed(token) return ${CLAIMED} + tonumber(string.match(token, '^%d+')) end
`;

/** Four arguments for each report: its queue id, record, content and destination. */
export function reportArguments(reports: readonly OutgoingReport[]): readonly Argument[] {
  return reports.flatMap(({ message, content, destination }) => [
    message.queueId,
    encodeRecord({ message, routing: new Map([[destination, [0]]]) }),
    content,
    destination,
  ]);
}
