import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { has, valueOf, type Command } from '../cli/arguments.ts';
import { filterOf } from '../cli/filter-options.ts';
import { namedIds } from '../cli/queue/act-command.ts';
import { drainJson, drainLines, isDrained, stayTexts } from '../cli/queue/drain-command.ts';
import { withQueue } from '../cli/queue-commands.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Config } from '../config/config.ts';
import { drainVariable } from '../config/environment-assignments.ts';
import { parseDuration } from '../config/quantities.ts';
import { maskRedisUrl, parseRedisUrl, redisAddress } from '../config/redis-url.ts';
import { printable } from '../core/mail/printable.ts';
import type { DrainMeant, Queue } from '../queue/open-queue.ts';
import { droppedHere } from './dropped-here.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import { progressOnTerminal } from './progress-on-terminal.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';

const WAIT_MS = 60_000;
/** Nothing answers for so long: then it ends. A Redis that is started again has read its queue by then. */
const PATIENCE_MS = 60_000;

/** `dane-relay queue drain` */
export const drainRunner: Runner = async (command, here) => {
  const config = configOf(command.settings, here.environment);
  const work = workOf(command, config, here);
  return withQueue(config, here.environment, here.warn, work);
};

type Work = (queue: Queue) => Promise<number>;

function workOf(command: Command, config: Config, here: Here): Work {
  const alone = (['open-intake', 'take-back'] as const).filter((name) => has(command, name));
  if (alone.length > 0) {
    if (
      Object.keys(command.options).filter((name) => name !== 'json').length > 1 ||
      command.operands.length > 0
    )
      throw new UsageError(`--${alone[0]} goes with no other option.${hint(command.name)}`);
    return alone[0] === 'take-back' ? takeBack(command, here) : openIntake(here);
  }
  if (has(command, 'dry-run')) return dryRun(command, here);
  return move(command, config, here);
}

function openIntake({ print }: Here): Work {
  return async (queue) => {
    await queue.openIntake();
    print('the relays here take mail');
    return EX_OK;
  };
}

function takeBack(command: Command, { print }: Here): Work {
  return async (queue) => {
    const ids = await queue.takeBack(untilInterrupted());
    for (const queueId of ids)
      print(
        has(command, 'json')
          ? JSON.stringify({ schema: 1, queueId, act: 'drain', result: 'held' })
          : `${queueId}: may have arrived in the other queue, and is on hold here`,
      );
    if (!has(command, 'json') && ids.length === 0) print('nothing is on its way');
    return EX_OK;
  };
}

function dryRun(command: Command, { print }: Here): Work {
  const meant = meantBy(command, process.stdin);
  return async (queue) => {
    const bar = progressOnTerminal()('deliveries looked at', await queue.waiting());
    let looked = 0;
    const ids = new Set<string>();
    let bytes = 0;
    const count = (queueId: string, size: number): void => {
      if (ids.has(queueId)) return;
      ids.add(queueId);
      bytes += size;
    };
    if (meant.kind === 'ids') {
      for await (const id of meant.ids) {
        const message = await queue.message(id);
        if (message !== undefined) count(id, message.size);
      }
    } else {
      const wishes = {
        ...(meant.kind === 'filter' && { filter: meant.filter }),
        looked: () => bar.at((looked += 1)),
      };
      for await (const { queueId, size } of queue.list(wishes)) count(queueId, size);
    }
    bar.end();
    print(
      has(command, 'json')
        ? JSON.stringify({ schema: 1, act: 'drain', dryRun: true, messages: ids.size, bytes })
        : `${ids.size} messages of ${Math.ceil(bytes / 1024)} KiB would be moved`,
    );
    return EX_OK;
  };
}

function move(command: Command, config: Config, here: Here): Work {
  const { print, warn, environment } = here;
  const url = targetOf(command, environment.env);
  const prefix = valueOf(command, 'to-prefix') ?? config.redis.prefix;
  const to = `${maskRedisUrl(url)} ${prefix}`;
  const limit = numberOf(command, 'limit') ?? Infinity;
  const replicas = numberOf(command, 'replicas', 0);
  const waitMs = waitOf(command);
  const meant = meantBy(command, process.stdin);
  const isClosed = has(command, 'stop-intake');
  const exceptions = valueOf(command, 'exceptions');
  const json = has(command, 'json');
  return async (queue) => {
    const bar = progressOnTerminal()('deliveries moved', await queue.waiting());
    const result = await queue.drain({
      to: {
        address: redisAddress(url),
        prefix,
        replicas,
        allowUnsafe: config.redis.allowUnsafe,
        confirmed: config.redis.confirmed,
        marks: config.queue,
      },
      names: { from: `${hostname()} ${config.redis.prefix}`, to },
      meant,
      limit,
      waitMs,
      stopIntake: isClosed,
      exceptions: exceptions === 'copy' || exceptions === 'leave' ? exceptions : 'refuse',
      patienceMs: PATIENCE_MS,
      stopping: untilInterrupted(),
      progress: (moved) => bar.at(moved),
      stayed(queueId, why) {
        bar.end();
        if (json) print(JSON.stringify({ schema: 1, queueId, act: 'drain', result: why }));
        else warn(printable(`${queueId}: ${stayTexts[why]}`));
      },
    });
    bar.end();
    let inMaildrop = 0;
    for await (const _ of droppedHere(config, environment)) inMaildrop += 1;
    const told = { to, result, isClosed, inMaildrop };
    for (const line of json ? [drainJson(told)] : drainLines(told)) print(line);
    return isDrained(result) ? EX_OK : EX_TEMPFAIL;
  };
}

function targetOf(command: Command, env: Here['environment']['env']): string {
  const file = valueOf(command, 'to-file');
  const given = [valueOf(command, 'to'), file === undefined ? undefined : firstLine(file)].filter(
    (one) => one !== undefined,
  );
  const url = given[0] ?? env[drainVariable];
  if (given.length > 1) throw new UsageError(`Either --to or --to-file.${hint(command.name)}`);
  if (url === undefined || url === '')
    throw new UsageError(`"${command.name}" needs --to, the Redis of the other queue.${hint(command.name)}`);
  if (!('value' in parseRedisUrl(url)))
    throw new UsageError(
      `--to is redis://, rediss://, unix:///path or sentinel://, not "${maskRedisUrl(url)}".${hint(command.name)}`,
    );
  return url;
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n', 1)[0]?.trim() ?? '';
  } catch (error) {
    throw new UsageError(`--to-file: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function numberOf(command: Command, name: 'limit' | 'replicas', least = 1): number | undefined {
  const text = valueOf(command, name);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least))
    throw new UsageError(`--${name} is a number from ${least} on, not "${text}".${hint(command.name)}`);
  return number;
}

function waitOf(command: Command): number {
  const text = valueOf(command, 'wait');
  if (text === undefined) return WAIT_MS;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(`--wait is a time such as "5m", not "${text}".${hint(command.name)}`);
  return ms;
}

function meantBy(command: Command, input: NodeJS.ReadStream): DrainMeant {
  const filter = filterOf(command, Date.now());
  if (filter !== undefined && command.operands.length > 0)
    throw new UsageError(
      `"${command.name}" takes either ids or options that say which messages are meant.${hint(command.name)}`,
    );
  if (filter !== undefined) return { kind: 'filter', filter };
  return command.operands.length > 0
    ? { kind: 'ids', ids: namedIds(command.operands, input) }
    : { kind: 'all' };
}
