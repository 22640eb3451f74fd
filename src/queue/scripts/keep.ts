import { nothing, script } from './script.ts';

export interface Keeping {
  readonly queueIds: readonly string[];
  /** The new score in the list (keys.ts, `incoming`). */
  readonly score: number;
}

/** Renews content that is still being written ahead. What is no longer listed is not listed again. */
export const keep = script({
  flags: 'allow-oom',
  lua: `
for i = 2, #ARGV do redis.call('ZADD', base .. 'incoming', 'XX', ARGV[1], ARGV[i]) end
return 1
`,
  encode: ({ queueIds, score }: Keeping) => [score, ...queueIds],
  decode: nothing,
});
