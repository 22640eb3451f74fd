import { nothing, script } from './script.ts';

export interface Keeping {
  readonly queueIds: readonly string[];
  /** What they are listed with from now on (keys.ts, `incoming`). */
  readonly score: number;
}

/** Content is still being written ahead. What is not listed any more is not listed again. */
export const keep = script({
  flags: 'allow-oom',
  lua: `
for i = 2, #ARGV do redis.call('ZADD', base .. 'incoming', 'XX', ARGV[1], ARGV[i]) end
return 1
`,
  encode: ({ queueIds, score }: Keeping) => [score, ...queueIds],
  decode: nothing,
});
