/** `npm run soak`: load on several relay processes while they, and their Redis, are killed at random; then it is counted. */
import { parseArgs } from 'node:util';
import { playCluster } from '../test/scenario/cluster/cluster.ts';

const usage = `\
Usage: npm run soak -- [OPTIONS]

Sends mail through relay processes that share one Redis, and kills and stops them, and Redis, at random. Exits with 1 if
a message that got its 250 was lost, or came twice without a lost reply.

  --minutes N      how long there is load (default 2)
  --processes N    relay processes (default 3)
  --every MS       between two blows, on average (default 1500)
  --seed N         of chance (default: the time)
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    processes: { type: 'string', default: '3' },
    every: { type: 'string', default: '1500' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const seed = Number(values.seed);
  const result = await playCluster({
    processes: Number(values.processes),
    loadMs: Number(values.minutes) * 60_000,
    killRedis: true,
    blowEveryMs: Number(values.every),
    seed,
    tell: say,
  });
  const { accepted, recipients, unasked, kills, stops, redisKills, lost, ambiguous, unexplained } = result;
  say(`seed                                        ${seed}`);
  say(`relay processes killed / stopped            ${kills} / ${stops}`);
  say(`Redis killed                                ${redisKills}`);
  say(`messages answered with 250                  ${accepted}, to ${recipients} recipients`);
  say(`messages without 250 that came all the same ${unasked}`);
  say(`lost                                        ${lost.length}`);
  say(`twice, final dot sent and no reply seen     ${ambiguous}`);
  say(`twice, for any other reason                 ${unexplained.length}`);
  for (const one of [...lost, ...unexplained].slice(0, 20)) say(`  ${one}`);
  return lost.length + unexplained.length === 0 ? 0 : 1;
}

process.exitCode = await main();
