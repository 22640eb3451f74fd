import type { KeptAttempt, KeptLimits } from '../../core/mail/kept.ts';
import { encodeAttempt } from '../forms/kept.ts';
import { flag } from './answer.ts';
import { kept } from './kept.ts';
import { noted, type Note } from './note.ts';
import { script } from './script.ts';

export interface LettingGo {
  readonly queueId: string;
  readonly departure: string;
  readonly now: number;
  /** For the log. */
  readonly note: Note;
  /** For `explain`, and how much is kept; absent: nothing is. */
  readonly kept?: { readonly attempt: KeptAttempt; readonly limits: KeptLimits } | undefined;
}

/** Forgets a message that has come to the other queue, and stays there. False if that was done before. */
export const letGo = script({
  flags: 'allow-oom',
  lua: `${noted}${kept}
local id, departure, now, told, attempt, keptMs, limit = unpack(ARGV)
local away = base .. 'away:' .. id
if redis.call('HGET', away, 'departure') ~= departure then return 0 end
redis.call('UNLINK', away, base .. 'away-content:' .. id)
redis.call('ZREM', base .. 'away', id)
leaveNote(told)
if attempt ~= '' then pcall(function() keepAttempt(tonumber(now), attempt, tonumber(keptMs), tonumber(limit)) end) end
return 1
`,
  encode: ({ queueId, departure, now, note, kept: what }: LettingGo) => [
    queueId,
    departure,
    now,
    JSON.stringify(note),
    what === undefined ? '' : encodeAttempt(what.attempt),
    what?.limits.keptMs ?? 0,
    what?.limits.octets ?? 0,
  ],
  decode: flag,
});
