import { createInterface } from 'node:readline';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { has, type Command } from '../cli/arguments.ts';
import { checkOutput, type CheckOutput } from '../cli/check-output.ts';
import { askedFor, checkRequest, type Asked, type CheckRequest } from '../cli/check-request.ts';
import type { checkCommands } from '../cli/families/check.ts';
import { progressBar } from '../cli/progress-bar.ts';
import { withQueue, type Queue } from '../cli/queue-commands.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Config } from '../config/config.ts';
import { pluginTrouble } from '../core/check/nagios.ts';
import { inOrder } from '../core/in-order.ts';
import type { StickyMemory } from '../core/sticky/sticky-memory.ts';
import { oneLine } from '../core/mail/printable.ts';
import { checkDomain } from '../daemon/check-domain.ts';
import { ownName } from '../daemon/own-name.ts';
import { withCheckMeans, type CheckMeans } from '../daemon/check-means.ts';
import { describeError } from './describe-error.ts';
import { exceptionsInForce } from './exceptions-in-force.ts';
import type { Here, Runner } from './runner.ts';
import { configOfProgram } from './settings.ts';

/** Destinations of one file. */
const MOST_LINES = 1_000_000;
/** After its time is up, a plugin takes this long at most to put away what it has started. */
const PUT_AWAY_MS = 3_000;

export const runners: Readonly<Record<keyof typeof checkCommands, Runner>> = {
  async check(command, here) {
    const startedAt = Date.now();
    if (has(command, 'nagios')) {
      try {
        return await asPlugin(command, checkRequest(command, startedAt), here);
      } catch (error) {
        return pluginFailure(error, here, (Date.now() - startedAt) / 1000);
      }
    }
    const request = checkRequest(command, startedAt);
    const config = settingsFor(command, request, here);
    return checkAll(request, config, await subjectsOf(request, config, here), here);
  },
};

/** What kept a plugin from its work, as plugins say it; its exit code. */
export function pluginFailure(error: unknown, { print }: Pick<Here, 'print'>, seconds = 0): number {
  const { exitCode, lines } = pluginTrouble(describeError(error), seconds);
  for (const line of lines) print(line);
  return exitCode;
}

/** A plugin never takes longer than it may. Throws what keeps it from its work. */
async function asPlugin(command: Command, request: CheckRequest, here: Here): Promise<number> {
  const { timeoutMs, repeat, delayMs, destinations: asked } = request;
  const lines: string[] = [];
  const quiet = { ...here, print: (line: string) => lines.push(line) > 0 };
  const work = checkAll(request, settingsFor(command, request, here), { asked, memories: new Map() }, quiet);
  // The check itself gives up a moment earlier, and says more.
  const limitMs = timeoutMs * repeat + delayMs * (repeat - 1) + 1_500;
  const code = await Promise.race([work, sleep(limitMs, 'late' as const, { ref: false })]);
  if (code !== 'late') {
    for (const line of lines) here.print(line);
    return code;
  }
  const exitCode = pluginFailure(`no answer within ${timeoutMs / 1000} s`, here, limitMs / 1000);
  await Promise.race([work.catch(() => {}), sleep(PUT_AWAY_MS)]);
  process.exit(exitCode);
}

/** The settings, with what the command line has in their place. */
function settingsFor(command: Command, { resolver, port }: CheckRequest, { environment }: Here): Config {
  const config = configOfProgram(command.settings, environment);
  return {
    ...config,
    ...(resolver !== undefined && { dns: { ...config.dns, servers: [resolver], forwarders: [] } }),
    ...(port !== undefined && { delivery: { ...config.delivery, port } }),
  };
}

/** What a check is about. */
interface Subjects {
  readonly asked: readonly Asked[];
  /** By next hop. */
  readonly memories: ReadonlyMap<string, StickyMemory>;
}

/** What was asked for, as often as it was. With `--mailed`, it and what is remembered, each once. */
async function subjectsOf(
  { destinations, file, mailed }: CheckRequest,
  config: Config,
  here: Here,
): Promise<Subjects> {
  const ofFile = file === undefined ? [] : await destinationsIn(file);
  const asked = [...destinations, ...ofFile];
  if (!mailed) return { asked, memories: new Map() };
  const { known, memories } = await withQueue(config, here.environment, here.warn, destinationsMailed);
  if (known.length === 0) {
    const why = config.tls.sticky === 'off' ? 'tls.sticky is off' : 'nothing was delivered with DANE';
    here.warn(`--mailed: no destination is remembered (${why}).`);
  }
  const others = known.flatMap((destination) => askedFor(destination) ?? []);
  return {
    asked: [...new Map([...asked, ...others].map((one) => [one.text, one])).values()],
    memories,
  };
}

/** Those that "tls.sticky" remembers, and those that "tls.health_interval" knows. */
async function destinationsMailed({
  sticky,
  health,
}: Queue): Promise<Pick<Subjects, 'memories'> & { readonly known: readonly string[] }> {
  const memories = new Map((await sticky.list()).map((one) => [one.destination, one]));
  const known = new Set(memories.keys());
  for await (const { destination } of health.list()) known.add(destination);
  return { known: [...known], memories };
}

/** The first word of each line; what follows `#` is a comment. Throws a `UsageError`. */
async function destinationsIn(file: string): Promise<readonly Asked[]> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const asked: Asked[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input })) {
      number += 1;
      if (number > MOST_LINES) throw new UsageError(`--file: more than ${MOST_LINES} lines in ${file}.`);
      const [before = ''] = line.split('#', 1);
      const [word] = before.trim().split(/[\s,;]+/);
      if (word === undefined || word === '') continue;
      const one = askedFor(word);
      if (one === undefined)
        throw new UsageError(`${file}, line ${number}: "${oneLine(word).slice(0, 100)}" is no destination.`);
      asked.push(one);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--file: ${describeError(error)}`, { cause: error });
  }
  return asked;
}

async function checkAll(
  request: CheckRequest,
  config: Config,
  subjects: Subjects,
  { print, environment }: Here,
): Promise<number> {
  const isTerminal = process.stdout.isTTY;
  const output = checkOutput({
    output: request.output,
    brief: isList(request),
    style: { short: isTerminal, color: isTerminal && (environment.env['NO_COLOR'] ?? '') === '' },
    days: request.days,
    hostname: request.output === 'note' ? await ownName(config.hostname) : '',
    print,
  });
  const { level } = request;
  const exceptions = await exceptionsInForce(config, environment);
  await withCheckMeans({ config, exceptions, ...(level !== undefined && { level }) }, (means) =>
    runAll(request, subjects, means, output),
  );
  return output.end();
}

function isList({ file, mailed }: CheckRequest): boolean {
  return file !== undefined || mailed;
}

async function runAll(
  request: CheckRequest,
  { asked, memories }: Subjects,
  means: CheckMeans,
  output: CheckOutput,
): Promise<void> {
  const { aheadMs, timeoutMs, families, repeat, delayMs, parallel } = request;
  const bar = progressBar(process.stderr, isList(request) ? asked.length * repeat : 0);
  let done = 0;
  let bad = 0;
  for (let round = 0; round < repeat; round += 1) {
    if (round > 0) await sleep(delayMs);
    const check = (one: Asked): ReturnType<typeof checkDomain> => {
      const remembered = memories.get(one.destination.nextHop);
      const options = {
        aheadMs,
        timeoutMs,
        ...(families !== undefined && { families }),
        ...(remembered !== undefined && { remembered }),
      };
      return checkDomain({ ...one, ...options }, means);
    };
    for await (const report of inOrder(asked, parallel, check)) {
      done += 1;
      if (report.verdict === 'fails') bad += 1;
      bar.end();
      output.add(report);
      bar.show(done, bad === 0 ? '' : `(${bad} fail)`);
    }
  }
  bar.end();
}
