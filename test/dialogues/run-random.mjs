// Random dialogues for longer than the tests have time: `npm run dialogues -- [--seconds N] [--seed N]`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'scenario', 'test/dialogues/random'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      DIALOGUES_SECONDS: values.seconds,
      ...(values.seed === undefined ? {} : { DIALOGUES_SEED: values.seed }),
    },
  },
);
process.exitCode = status ?? 1;
