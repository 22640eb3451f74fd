import { expect, test } from 'vitest';
import { sample, sampleSeed } from '../../support/sample.ts';
import { judgeStory } from './judge-story.ts';
import { randomWorld } from './random-world.ts';

// `npm run dialogues -- --seed 7 --seconds 600`
const { DIALOGUES_SEED, DIALOGUES_SECONDS = '0' } = process.env;
const firstSeed = DIALOGUES_SEED === undefined ? sampleSeed('random dialogues') : Number(DIALOGUES_SEED);
const seconds = Number(DIALOGUES_SECONDS);
/** Where nobody asks for more. */
const usualWorlds = sample('random worlds', [...Array(30).keys()], { count: 3 }).length;

test(
  'whatever random hosts do, no recipient is lost or gets a message twice, but for final dots whose reply was lost',
  async () => {
    const counts = { worlds: 0, sent: 0, deferred: 0, bounced: 0, doubts: 0 };
    const until = Date.now() + seconds * 1_000;
    for (let seed = firstSeed; counts.worlds < usualWorlds || Date.now() < until; seed += 1) {
      const story = await randomWorld(seed);
      expect(judgeStory(story), `npm run dialogues -- --seed ${seed}`).toEqual([]);
      counts.worlds += 1;
      for (const { event, text } of story.log) {
        if (event === 'ambiguous') counts.doubts += 1;
        const [, status] = /: to=<.* status=(sent|deferred|bounced) \(/.exec(text) ?? [];
        if (status !== undefined) counts[status as 'sent'] += 1;
      }
    }
    // Worlds in which nothing goes wrong, or nothing right, would prove nothing.
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    if (seconds > 0) console.log(counts);
  },
  seconds * 1_000 + 120_000,
);
