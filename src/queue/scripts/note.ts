import { nothing, script } from './script.ts';

/** Most notes that are kept. */
const KEPT_NOTES = 1000;

/** What the operator did to a message, for the log of a relay, because the operator's command has no log. */
export interface Note {
  readonly queueId: string;
  readonly act:
    | 'deleted'
    | 'released'
    | 'placed on hold'
    | 'retried'
    | 'requeued'
    | 'force expired'
    | 'sent over'
    | 'taken over';
  /** The other queue, if it was sent or taken over. */
  readonly peer?: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Lua: leaves a note. Of those that no relay has taken, only the last are kept, and the others are counted. */
export const noted = `
local function leaveNote(text)
  local surplus = redis.call('RPUSH', base .. 'notes', text) - ${KEPT_NOTES}
  if surplus > 0 then
    redis.call('LTRIM', base .. 'notes', surplus, -1)
    redis.call('INCRBY', base .. 'notes-lost', surplus)
  end
  redis.call('PUBLISH', base .. 'noted', '')
end
`;

/** Leaves a note of what the operator did. */
export const note = script({
  flags: 'allow-oom',
  lua: `${noted}
leaveNote(ARGV[1])
return 1
`,
  encode: (input: Note) => [JSON.stringify(input)],
  decode: nothing,
});
