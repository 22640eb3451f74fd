import { readFileSync } from 'node:fs';
import { cpuSeconds, ticksPerSecond } from './process-tree.ts';

/** A reading of the processors and of what this bench has used of them. */
export interface MachineReading {
  /** CPU seconds of everybody, those taken by the hypervisor included. */
  readonly usedSeconds: number;
  /** CPU seconds there were, idle ones included. */
  readonly thereSeconds: number;
  /** CPU seconds of this process and all it has started. */
  readonly ownSeconds: number;
}

/**
 * Interrupts are nobody's in /proc/stat: on loopback they are the bench's packets, so they do not count as used.
 */
export function readMachine(): MachineReading {
  const line = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / ticksPerSecond);
  const usedSeconds = user + nice + system + steal;
  return {
    usedSeconds,
    thereSeconds: usedSeconds + idle + ioWait + irq + softIrq,
    ownSeconds: cpuSeconds([process.pid]),
  };
}

/** Share of the processors, 0 to 1, that others had between two readings. */
export function foreignShare(before: MachineReading, after: MachineReading): number {
  const there = after.thereSeconds - before.thereSeconds;
  const used = after.usedSeconds - before.usedSeconds;
  const own = after.ownSeconds - before.ownSeconds;
  return there === 0 ? 0 : Math.max(0, used - own) / there;
}
