import { nothing, script } from './script.ts';

/** More were never read by anybody. */
const KEPT_NOTES = 1000;

/** What the operator did to a message, for the log of a relay: the command that was given has none. */
export interface Note {
  readonly queueId: string;
  readonly act: 'deleted' | 'released';
  /** Epoch ms. */
  readonly at: number;
}

/** Leaves word of what the operator did. */
export const note = script({
  flags: 'allow-oom',
  lua: `
redis.call('RPUSH', base .. 'notes', ARGV[1])
redis.call('LTRIM', base .. 'notes', -${KEPT_NOTES}, -1)
return redis.call('PUBLISH', base .. 'noted', '')
`,
  encode: (input: Note) => [JSON.stringify(input)],
  decode: nothing,
});
