import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/error-words.ts';
import { abortWith } from '../core/when-aborted.ts';
import { asciiLine } from '../core/dns/ascii-line.ts';
import type { Log, Severity } from '../core/log/log-event.ts';
import type { ChildProgram } from './child-program.ts';
import { ChildError } from './child-error.ts';
import { withDescriptor } from './descriptor.ts';
import { hangs } from './hangs.ts';
import { splitLines } from './line-splitter.ts';
import { ofChild } from './log-lines.ts';

export interface SupervisedChild {
  /** `undefined` between a death and the next start. */
  pid(): number | undefined;
  /** Why it does not run, in words for the operator; undefined while it runs. */
  trouble(): string | undefined;
  /** Restarts the program, with the current text of `descriptor`; resolves when it is ready, or stopped for good. */
  restart(): Promise<void>;
  /** Ends the program; resolves when it has ended. */
  stop(): Promise<void>;
}

interface Running {
  readonly process: ChildProcess;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  readonly lastLines: string[];
}

const readyPollMs = 25;
const busyLogMs = 5000;
const firstBackoffMs = 100;
const maxBackoffMs = 5000;
/** Trouble that an operator has to act on. */
const lastingBackoffMs = 60_000;
/** A program that lived this long did not fail because of its start. */
const steadyMs = 30_000;
const keptLines = 5;
const lastWordsMs = 200;
/** A program that hangs will hardly end cleanly. */
const hungStopMs = 5_000;
const maxLogLength = 500;
/** POSIX: the exit status of a shell that finds no such program. */
const shellNotFound = 127;

/**
 * Starts a program, and starts it again whenever it dies. It gets a process group of its own, so that the terminal's
 * interrupt key reaches it only through the relay, after the work that needs it.
 *
 * @param giveUp ends the first start, which then fails; after that, use `stop`
 * @returns when it is ready
 * @throws ChildError if the first start fails
 */
export async function superviseChild(
  program: ChildProgram,
  log: Log,
  giveUp?: AbortSignal,
): Promise<SupervisedChild> {
  const stopping = new AbortController();
  let current: Running | undefined;
  let trouble: string | undefined;
  let restarting = false;
  const waiting = new Set<() => void>();
  const say = (severity: Severity, text: string): void => log(ofChild(program.name, severity, text));

  async function tryToStart(): Promise<Running> {
    await program.prepare?.();
    const running = launch(program, say);
    current = running;
    try {
      await becomeReady(program, running, say);
    } catch (error) {
      await end(running, program.stopTimeoutMs);
      current = undefined;
      throw error;
    }
    trouble = undefined;
    say('info', `process ${running.process.pid} is up`);
    if (!restarting) letGo();
    return running;
  }

  async function start(): Promise<Running> {
    try {
      return await tryToStart();
    } catch (error) {
      const isKnown = (error instanceof ChildError && error.isLasting) || giveUp?.aborted === true;
      if (isKnown || (await program.mend?.(messageOf(error))) !== true) throw error;
      return tryToStart();
    }
  }

  /** How it ended, in words. A program that hangs is killed. */
  async function endOf(running: Running): Promise<string> {
    const over = new AbortController();
    void running.ended.then(() => over.abort());
    const release = abortWith(stopping.signal, over);
    const isHung = await hangs(program, over.signal).finally(release);
    if (isHung) {
      say('error', `process ${running.process.pid} is alive and does not answer: it is ended`);
      await end(running, hungStopMs);
    }
    return running.ended;
  }

  async function keepRunning(first: Running): Promise<void> {
    let running: Running | undefined = first;
    let startedAt = performance.now();
    let backoffMs = firstBackoffMs;
    while (!stopping.signal.aborted) {
      if (running !== undefined) {
        const how = await endOf(running);
        current = undefined;
        if (stopping.signal.aborted) return;
        if (restarting || performance.now() - startedAt >= steadyMs) backoffMs = firstBackoffMs;
        if (!restarting) {
          trouble = `${program.name} ${how}`;
          say('error', `process ${running.process.pid} ${how}; starting it again in ${backoffMs} ms`);
        }
      }
      if (!restarting) {
        await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
      }
      if (stopping.signal.aborted) return;
      restarting = false;
      startedAt = performance.now();
      running = await start().catch((error: unknown) => {
        if (error instanceof ChildError && error.isLasting) backoffMs = lastingBackoffMs;
        trouble = messageOf(error);
        if (!stopping.signal.aborted && !restarting)
          say('error', `${trouble}; trying again in ${backoffMs} ms`);
        return undefined;
      });
    }
  }

  function letGo(): void {
    for (const done of waiting) done();
    waiting.clear();
  }

  /** A stop does not wait until a program has read all its files, or has hung for long enough. */
  async function firstStart(): Promise<Running> {
    const endIt = (): void => void (current !== undefined && end(current, hungStopMs));
    giveUp?.addEventListener('abort', endIt);
    try {
      return await start();
    } finally {
      giveUp?.removeEventListener('abort', endIt);
    }
  }

  const kept = keepRunning(await firstStart());
  let stopped: Promise<void> | undefined;
  return {
    pid: () => current?.process.pid,
    trouble: () => trouble,
    restart: async () => {
      if (stopping.signal.aborted) return;
      restarting = true;
      const ready = new Promise<void>((resolve) => waiting.add(resolve));
      if (current !== undefined) await end(current, program.stopTimeoutMs);
      await ready;
    },
    stop: () => {
      stopped ??= (async () => {
        stopping.abort();
        if (current !== undefined) await end(current, program.stopTimeoutMs);
        await kept;
        letGo();
        say('info', 'stopped');
      })();
      return stopped;
    },
  };
}

function launch(program: ChildProgram, say: (severity: Severity, text: string) => void): Running {
  const command = [program.executable, ...program.args];
  const { descriptor } = program;
  const [file = '', ...args] = descriptor === undefined ? command : withDescriptor(command, descriptor());
  const child = spawn(file, args, {
    cwd: program.directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (program.pidFile !== undefined && child.pid !== undefined)
    writeFileSync(program.pidFile, `${child.pid}\n`, { mode: 0o600 });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    const take = splitLines((line) => {
      const text = asciiLine(line, maxLogLength);
      lastLines.push(text);
      if (lastLines.length > keptLines) lastLines.shift();
      const severity = program.severityOf(line);
      if (severity !== undefined) say(severity, text);
    });
    stream.setEncoding('utf8').on('data', take);
  }
  const ended = new Promise<string>((resolve) => {
    const cannotRun = (why: string): string => {
      const advice = why === 'ENOENT' ? `: install the Debian package ${program.debianPackage}` : '';
      return `cannot run ${program.executable} (${why})${advice}`;
    };
    child.once('error', (error: NodeJS.ErrnoException) => resolve(cannotRun(error.code ?? error.message)));
    child.once('exit', (code, signal) => {
      // For a program with a descriptor, the shell in between reports this in its own way.
      const isMissing = descriptor !== undefined && code === shellNotFound;
      const ending = signal === null ? `ended with exit status ${code}` : `was killed by ${signal}`;
      const how = isMissing ? cannotRun('ENOENT') : ending;
      // `close` comes after its last output was read; a process that it forked can delay that.
      child.once('close', () => resolve(how));
      setTimeout(() => resolve(how), lastWordsMs);
    });
  });
  return { process: child, ended, lastLines };
}

async function becomeReady(
  program: ChildProgram,
  running: Running,
  say: (severity: Severity, text: string) => void,
): Promise<void> {
  let how: string | undefined;
  void running.ended.then((text) => (how = text));
  let aliveAt = performance.now();
  let toldAt = aliveAt;
  for (;;) {
    const state = await program.ready();
    if (how !== undefined) throw new ChildError(lastWords(program, how, running.lastLines));
    if (state === true) return;
    if (state === false && performance.now() - aliveAt >= program.startTimeoutMs) {
      throw new ChildError(`${program.name} is not ready after ${program.startTimeoutMs} ms`);
    }
    if (state !== false) aliveAt = performance.now();
    if (state !== false && aliveAt - toldAt >= busyLogMs) {
      toldAt = aliveAt;
      say('info', state);
    }
    await sleep(readyPollMs);
  }
}

function lastWords(program: ChildProgram, how: string, lines: readonly string[]): string {
  const words = [`${program.name} ${how}`, ...lines, program.hint?.(lines) ?? ''];
  return words.filter((one) => one !== '').join('; ');
}

async function end(running: Running, timeoutMs: number): Promise<void> {
  running.process.kill('SIGTERM');
  const timer = setTimeout(() => running.process.kill('SIGKILL'), timeoutMs);
  await running.ended;
  clearTimeout(timer);
}
