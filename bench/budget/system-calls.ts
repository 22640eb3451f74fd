import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** The calls that move octets, wait for them, or bring them to the disk. */
const names = [
  'read',
  'readv',
  'recvfrom',
  'recvmsg',
  'write',
  'writev',
  'sendto',
  'sendmsg',
  'epoll_wait',
  'epoll_pwait',
  'epoll_ctl',
  'futex',
  'openat',
  'fsync',
  'fdatasync',
] as const;

/** Name of a system call, or `instructions` (in user mode) -> how often it was made. */
export type Calls = Readonly<Record<string, number>>;

/**
 * Counts the system calls of a process, in the kernel, without holding it up. The function that it resolves to ends
 * that, and resolves to the counts; to undefined where `perf` is missing or may not count.
 */
export async function countCalls(pid: number): Promise<() => Promise<Calls | undefined>> {
  const events = [...names.map((name) => `syscalls:sys_enter_${name}`), 'instructions:u'].join(',');
  const child = spawn('perf', ['stat', '-x', ';', '-e', events, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const failed = new Promise<void>((resolve) => child.once('error', () => resolve()));
  const ended = Promise.race([once(child, 'exit').catch(() => {}), failed]);
  const output = text(child.stderr).catch(() => '');
  // It counts from when its descriptors are open, which nothing tells: it then waits in a pause of its own.
  await Promise.race([ended, counting(child.pid)]);
  return async () => {
    child.kill('SIGINT');
    await ended;
    return parse(await output);
  };
}

/** `COUNT;UNIT;EVENT;…` a line; `<not supported>` stands for a count that this machine does not make. */
function parse(output: string): Calls | undefined {
  const counts = output.split('\n').flatMap((line): [string, number][] => {
    const [count = '', , event = ''] = line.split(';');
    const name = event.replace('syscalls:sys_enter_', '').replace(':u', '');
    return /^\d+$/.test(count) ? [[name, Number(count)]] : [];
  });
  return counts.length === 0 ? undefined : Object.fromEntries(counts);
}

async function counting(pid: number | undefined): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    try {
      const waits = readFileSync(`/proc/${pid}/wchan`, 'latin1');
      if (/nanosleep|poll|sigtimedwait/.test(waits)) return;
    } catch {
      return;
    }
  }
}
