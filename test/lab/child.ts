import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { namespaceObstacle, searchPath } from './privileges.ts';
import { until } from './until.ts';

/** A program that runs for the lab, with all it forks. */
export interface Child {
  /** True until it ended, by itself or by `stop()`. */
  readonly running: boolean;
  /** Resolves when `ready` says yes; rejects with the last lines of its log when it ended before, or the time is up. */
  ready(question: () => Promise<boolean>): Promise<void>;
  /** Kills it, and resolves when nothing of it is left. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** File that collects what it writes to stdout and stderr. */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Gives it a mount table of its own; needs root. */
  readonly ownMounts?: boolean;
}

/** On an emulated machine that others use too. */
const readyMs = 90_000;

/**
 * The first process of the namespace only waits: Postfix's master changes its effective user for a moment, and with that
 * loses the parent-death signal.
 */
const first = '"$@"; exit $?';
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL'];

/**
 * Starts a program so that nothing of it outlives `stop()`, or this process. Where root may, it is in a PID namespace of its own:
 * when the first process there ends the kernel kills the others, daemons of Postfix included; and it ends when this process
 * does, by the parent-death signals that setpriv and unshare set. Elsewhere it is a process group:
 * enough for servers whose children end when their parent does.
 */
export function startChild(command: readonly string[], options: ChildOptions): Child {
  const log = openSync(options.log, 'a');
  const isolated = namespaceObstacle() === undefined;
  const [program = '', ...args] = [...dieWithParent, ...(isolated ? inNamespace(command, options) : command)];
  const child = spawn(program, args, {
    stdio: ['ignore', log, log],
    detached: !isolated,
    env: { ...(options.env ?? process.env), PATH: searchPath() },
  });
  closeSync(log);
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended = how;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(`exit ${code ?? signal}`));
  });
  return {
    get running() {
      return ended === undefined;
    },
    async ready(question) {
      try {
        const answered = async () => ended !== undefined || (await question());
        await until(answered, 'it is not ready', readyMs);
        if (ended !== undefined) throw new Error(`it ended: ${ended}`);
      } catch (error) {
        const lastLines = readFileSync(options.log, 'utf8').split('\n').slice(-15).join('\n');
        throw new Error(`Cannot start ${command.join(' ')}\n${lastLines}`, { cause: error });
      }
    },
    async stop() {
      if (ended !== undefined || child.pid === undefined) return;
      if (!isolated) {
        killIfAlive(-child.pid);
        await exited;
        const group = child.pid;
        return until(() => !isAlive(-group), 'its children have ended');
      }
      // Killing the first process of the namespace, not unshare: unshare then waits until the kernel has reaped all of it.
      const [waiting] = childrenOf(child.pid);
      killIfAlive(waiting ?? child.pid);
      await exited;
    },
  };
}

function inNamespace(command: readonly string[], { ownMounts }: ChildOptions): string[] {
  const namespaces = ['--pid', '--fork', '--kill-child', ...(ownMounts === true ? ['--mount'] : [])];
  return ['unshare', ...namespaces, '--', 'sh', '-c', first, 'first', ...command];
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

function killIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** A process, or by its negative number a process group that has a member. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
