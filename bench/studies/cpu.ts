import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { cpuBySteps, type CpuProfile } from '../budget/cpu-steps.ts';
import type { CpuRecord } from '../budget/cost-document.ts';
import { recordFile, writeDocuments } from '../budget/records.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import { privateRedisOf } from '../private-redis.ts';
import { cpuSeconds } from '../process-tree.ts';
import { startRelayPeer } from '../relay-peer.ts';
import { foreignLimit } from '../rounds.ts';
import { sessions } from '../scenarios.ts';
import { setStage, type Study } from './stage.ts';

const patienceMs = 20_000;
const warmUpMessages = 3_000;

/**
 * What a message of scenario a costs in time of the processor: of the relay, step by step, and of its Redis. The
 * processes are measured without a profile, the steps are shares of a second run with one.
 */
export const cpu: Study = async (options) => {
  const { messages = 6_000, say, signal, record = false } = options;
  await using stage = await setStage(1, options);
  const sink = await stage.raiseSink();
  const faults: string[] = [];
  const redis = privateRedisOf(stage.lab);

  async function play(cpuProfile?: string) {
    await using relay = await startRelayPeer(stage.lab, {
      settings: options.relaySettings,
      split: false,
      ...(cpuProfile === undefined ? {} : { cpuProfile }),
    });
    const send = async (count: number, tag: string): Promise<number> => {
      const before = await sink.count();
      const load = await stage.submit(relay, { messages: count, sessions, sizeBytes: 4096, tag });
      const after = await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
      if (after.messages - before.messages !== count)
        faults.push(
          `${after.messages - before.messages} of ${count} messages of ${tag} arrived; the log ends with ${readFileSync(relay.logFiles[0] ?? '', 'utf8').slice(-1_500)}`,
        );
      return (after.lastAt - load.startedAt) / 1000;
    };
    await send(warmUpMessages, `warm-${cpuProfile ?? ''}`);
    const [machine, from] = [readMachine(), process.hrtime.bigint()];
    const [all, own] = [cpuSeconds(relay.roots), cpuSeconds([redis.pid()])];
    const seconds = await send(messages, `measured-${cpuProfile ?? ''}`);
    const redisSeconds = cpuSeconds([redis.pid()]) - own;
    return {
      from: Number(from / 1000n),
      to: Number(process.hrtime.bigint() / 1000n),
      seconds,
      relaySeconds: cpuSeconds(relay.roots) - all - redisSeconds,
      redisSeconds,
      machineSeconds: usedSeconds(machine),
      foreign: foreignShare(machine, readMachine()),
    };
  }

  const plain = await play();
  const directory = path.join(stage.lab.directory, 'profile');
  const profiled = await play(directory);
  // One for each thread.
  const steps = new Map<string, number>();
  for (const name of readdirSync(directory)) {
    const profile = JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as CpuProfile;
    for (const [step, ms] of cpuBySteps(profile, profiled.from, profiled.to))
      steps.set(step, (steps.get(step) ?? 0) + ms);
  }
  const sum = [...steps.values()].reduce((total, one) => total + one, 0);
  if (sum === 0) faults.push('the profile holds nothing');
  const sorted = [...steps].toSorted(([, one], [, other]) => other - one);
  const perThousand = 1000 / messages;
  const found: CpuRecord = {
    recordedOn: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'of unknown make'}, Node.js ${process.version}`,
    isQuiet: plain.foreign <= foreignLimit && profiled.foreign <= foreignLimit,
    deliveredPerSecond: messages / plain.seconds,
    relayPerThousand: plain.relaySeconds * perThousand,
    redisPerThousand: plain.redisSeconds * perThousand,
    machinePerThousand: plain.machineSeconds * perThousand,
    steps: Object.fromEntries(sorted.map(([step, ms]) => [step, ms / sum])),
  };
  say(
    `${found.deliveredPerSecond.toFixed(0)}/s; CPU s/1000: relay ${found.relayPerThousand.toFixed(2)}, Redis ${found.redisPerThousand.toFixed(2)}, with hosts and clients ${found.machinePerThousand.toFixed(2)}; foreign CPU ${(plain.foreign * 100).toFixed(0)} %`,
  );
  for (const [step, share] of Object.entries(found.steps))
    say(`${(share * 100).toFixed(1).padStart(5)} %  ${step}`);
  if (record) {
    await writeFile(
      recordFile('cpu'),
      `${JSON.stringify(found, (_, value: unknown) => rounded(value), 2)}\n`,
    );
    await writeDocuments();
    say(`recorded in ${recordFile('cpu')}, and in the documentation`);
  }
  return faults;
};

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : value;
}

/** CPU seconds that this bench and all it has started have used since then. */
function usedSeconds({ ownSeconds }: { readonly ownSeconds: number }): number {
  return readMachine().ownSeconds - ownSeconds;
}
