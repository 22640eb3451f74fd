import { together, type Budgets } from './budget-table.ts';
import { notRecorded, type CpuRecord } from './cost-document.ts';

/** What the model is fed with: all of it was measured. */
export interface Measured {
  readonly budgets: Budgets;
  /** Absent until it was recorded. */
  readonly cpu: CpuRecord | undefined;
  /** Octets of Redis for a message of 4 KB that waits (scenario f). */
  readonly queuedOctets: number;
}

/** The busiest hour has so much of the mail of a day. */
const busiestHour = 0.1;
/** Of what a node can do it is given so much: the rest is for retries, cold destinations, and rewrites of the file. */
export const plannedShare = 0.5;
/** So much of the mail waits for so long, because its hosts are down. */
const deferredShare = 0.05;
const deferredHours = 24;
/** Redis rewrites its file when it has doubled: what is written once is written about once more. */
const rewriting = 2;

/** What a node can carry, messages of 4 KB a second. */
export interface NodeCapacity {
  /** One core for JavaScript. */
  readonly relay: number;
  /** One core for Redis, which may serve more than one relay. */
  readonly redis: number;
  /** What is planned with. */
  readonly planned: number;
}

/** @param cores of the machine of a node, for the relay and its Redis together */
export function nodeCapacity(
  cpu: Pick<CpuRecord, 'relayPerThousand' | 'redisPerThousand'>,
  cores: number,
): NodeCapacity {
  const relay = 1000 / cpu.relayPerThousand;
  const redis = 1000 / cpu.redisPerThousand;
  const both = (cores * 1000) / (cpu.relayPerThousand + cpu.redisPerThousand);
  return { relay, redis, planned: plannedShare * Math.min(relay, redis, both) };
}

export interface Plan {
  readonly messagesPerDay: number;
  readonly meanPerSecond: number;
  readonly busiestPerSecond: number;
  /** One more than the load needs, so that one may be away. */
  readonly nodes: number;
  /** Of each node in the busiest hour, megabytes and synchronisations a second. */
  readonly diskMegabytes: number;
  readonly flushes: number;
  /** Redis of each node, megabytes, with what waits. */
  readonly queueMegabytes: number;
}

/** What so many messages a day take, on nodes of two cores. */
export function planFor(
  messagesPerDay: number,
  { planned }: Pick<NodeCapacity, 'planned'>,
  measured: Pick<Measured, 'budgets' | 'queuedOctets'>,
): Plan {
  const busiestPerSecond = (messagesPerDay * busiestHour) / 3600;
  const nodes = Math.ceil(busiestPerSecond / planned) + 1;
  const each = busiestPerSecond / nodes;
  const budget = measured.budgets[together] ?? {};
  const waiting = messagesPerDay * deferredShare * (deferredHours / 24);
  return {
    messagesPerDay,
    meanPerSecond: messagesPerDay / 86_400,
    busiestPerSecond,
    nodes,
    diskMegabytes: (each * (budget['Redis octets to disk'] ?? Number.NaN) * rewriting) / 1e6,
    flushes: each * (budget['Redis fdatasync'] ?? Number.NaN),
    queueMegabytes: (waiting * measured.queuedOctets) / nodes / 1e6,
  };
}

/** Markdown, for docs/scaling.md. */
export function capacityTable(measured: Measured): readonly string[] {
  if (measured.cpu === undefined) return [notRecorded];
  const node = nodeCapacity(measured.cpu, 2);
  return [
    `From times of ${measured.cpu.recordedOn}, ${measured.cpu.isQuiet ? 'quiet' : 'busy'} machine: ${measured.cpu.machine}.`,
    '',
    '| one node | messages of 4 KB a second |',
    '| --- | ---: |',
    `| one core of the relay | ${node.relay.toFixed(0)} |`,
    `| one core of its Redis | ${node.redis.toFixed(0)} |`,
    `| planned with, on two cores | ${node.planned.toFixed(0)} |`,
    '',
    '| messages a day | mean/s | busiest hour/s | nodes | to the disk of each | flushes/s of each | waiting in Redis of each |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[1e6, 1e7, 1e8].map((messages) => {
      const plan = planFor(messages, node, measured);
      return `| ${messages / 1e6} million | ${plan.meanPerSecond.toFixed(0)} | ${plan.busiestPerSecond.toFixed(0)} | ${plan.nodes} | ${plan.diskMegabytes.toFixed(1)} MB/s | ${plan.flushes.toFixed(0)} | ${plan.queueMegabytes.toFixed(0)} MB |`;
    }),
  ];
}

/** Even when all processors are wanted, so much of them is idle, or the kernel's for interrupts. */
const notOurs = 0.1;

/** Messages a second that nodes on one machine can carry, if they share its cores and nothing else. */
export function sharedCapacity(cores: number, cpuPerThousand: number): number {
  return (cores * (1 - notOurs) * 1000) / cpuPerThousand;
}
