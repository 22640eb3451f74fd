import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { textOf } from '../../../src/queue/scripts/script.ts';
import { scripts } from '../../../src/queue/scripts/scripts.ts';

const require = createRequire(import.meta.url);

/** Text of every script the relay may run in Redis: our own, and those of BullMQ, whose names get a `bull:` in front. */
export function allScripts(): ReadonlyMap<string, string> {
  const texts = new Map(Object.entries(scripts).map(([name, script]) => [name, textOf(script)]));
  const directory = join(dirname(require.resolve('bullmq')), 'scripts');
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.js') || file === 'index.js') continue;
    for (const found of Object.values(require(join(directory, file)) as object)) {
      const { name, content } = found as { name?: string; content?: string };
      if (name !== undefined && content !== undefined) texts.set(`bull:${name}`, content);
    }
  }
  return texts;
}

export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
