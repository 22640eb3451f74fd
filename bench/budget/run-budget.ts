import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startLab } from '../../test/lab/lab.ts';
import { ArgumentError } from '../arguments.ts';
import { generateLoad } from '../generate-load.ts';
import { startRelayPeer } from '../relay-peer.ts';
import { startSink } from '../sink.ts';
import { benchWorld, sinkName } from '../world.ts';
import { alone, budgetTable, judge, together, type Budgets } from './budget-table.ts';
import { count, type Counted } from './count.ts';
import { recorded, recordFile, writeDocuments } from './records.ts';

const preload = new URL('count-allocations.js', import.meta.url).pathname;
const patienceMs = 60_000;
const warmUpMessages = 2_000;

/**
 * What a message costs in things that can be counted: `one at a time`, which no other work on the machine changes, and
 * `20 sessions`, where calls of several messages travel together. Prints a table beside the record, or makes a new
 * record. Resolves to the exit code: 1 if something grew by more than a tenth that only the relay can change. Throws ArgumentError.
 */
export async function runBudget(
  argv: readonly string[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const { messages, record, relaySettings } = parse(argv);
  onTwoProcessors();
  const found = await countAll(messages, relaySettings, signal);
  if (record) {
    await writeFile(recordFile('baseline'), `${JSON.stringify(rounded(found), undefined, 2)}\n`);
    await writeDocuments();
    say(`recorded in ${recordFile('baseline')}, and in the documentation`);
  }
  const known = recorded().budgets;
  for (const line of budgetTable(found, known)) say(line);
  const { kept, grown, uncounted } = judge(found, known);
  for (const fault of grown) say(`FAULT: ${fault}`);
  for (const name of uncounted) say(`SKIPPED: ${name} is not counted on this machine`);
  if (found[alone]?.['relay instructions'] === undefined)
    say('SKIPPED: instructions in user mode are not counted on this machine');
  if (kept === 0) say('FAULT: nothing could be held against the record');
  say(`${kept} passed, ${grown.length} failed, ${uncounted.length} skipped`);
  return grown.length === 0 && kept > 0 ? 0 : 1;
}

async function countAll(
  messages: number,
  relaySettings: readonly string[],
  signal: AbortSignal,
): Promise<Budgets> {
  const { world, certificates } = await benchWorld(1);
  await using lab = await startLab(world);
  const { port, directory } = lab;
  const address = lab.host(sinkName(0)).address;
  await using sink = await startSink({ addresses: [address], port, directory, roundTripMs: 0 }, certificates);
  const allocations = path.join(directory, 'allocations.json');
  await using relay = await startRelayPeer(lab, {
    settings: relaySettings,
    split: false,
    node: ['--import', preload],
    env: { BENCH_ALLOCATIONS: allocations },
  });
  const redisDirectory = path.join(directory, 'relay', 'redis');
  const counted: Counted = {
    relay: relay.roots[0] ?? -1,
    redis: Number(readFileSync(path.join(redisDirectory, 'redis.pid'), 'utf8')),
    redisSocket: path.join(redisDirectory, 'redis.sock'),
    allocations,
  };
  const send = async (tag: string, number: number, sessions: number): Promise<void> => {
    const before = await sink.count();
    const load = { sessions, messagesPerConnection: 10, sizeBytes: 4096, domains: 1, messages: number, tag };
    const { accepted } = await generateLoad({ address: relay.address, port: relay.port, ...load }, signal);
    const after = await sink.waitFor(before.messages + accepted, patienceMs, signal);
    if (after.messages - before.messages !== number) throw new Error(`not all messages of ${tag} arrived`);
  };
  await send('warm-up', warmUpMessages, 20);
  const one = await count(counted, messages, () => send('alone', messages, 1));
  const many = await count(counted, messages, () => send('together', messages, 20));
  return { [alone]: one, [together]: many };
}

/** With more of them calls would travel together less often than when it was recorded. */
function onTwoProcessors(): void {
  if (availableParallelism() <= 2) return;
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0,1', String(process.pid)], {
    stdio: 'ignore',
  });
}

function rounded(budgets: Budgets): Budgets {
  const round = (value: number): number => Number(value.toPrecision(4));
  return Object.fromEntries(
    Object.entries(budgets).map(([load, budget]) => [
      load,
      Object.fromEntries(Object.entries(budget).map(([name, value]) => [name, round(value)])),
    ]),
  );
}

function parse(argv: readonly string[]): {
  readonly messages: number;
  readonly record: boolean;
  readonly relaySettings: readonly string[];
} {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        budget: { type: 'boolean' },
        messages: { type: 'string', default: '1000' },
        record: { type: 'boolean', default: false },
        'relay-set': { type: 'string', multiple: true, default: [] },
      },
    });
    const messages = Number(values.messages);
    if (!Number.isSafeInteger(messages) || messages < 1)
      throw new ArgumentError(`--messages ${values.messages}: wanted is a whole number above 0`);
    return { messages, record: values.record, relaySettings: values['relay-set'] };
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    throw new ArgumentError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
