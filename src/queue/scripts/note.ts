import { nothing, script } from './script.ts';

/** Most notes that are kept. */
const KEPT_NOTES = 1000;

/** What the operator did to a message, for the log of a relay, because the operator's command has no log. */
export interface Note {
  readonly queueId: string;
  readonly act: 'deleted' | 'released';
  /** Epoch ms. */
  readonly at: number;
}

/** Leaves a note of what the operator did. */
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
