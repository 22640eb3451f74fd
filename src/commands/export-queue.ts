import { createReadStream } from 'node:fs';
import { has, valueOf, type Command } from '../cli/arguments.ts';
import { filterOf } from '../cli/filter-options.ts';
import { actCommand, namedIds } from '../cli/queue/act-command.ts';
import { openExportDirectory } from '../cli/queue/export-directory.ts';
import {
  exportedLines,
  exportToDirectory,
  exportToMbox,
  type Exported,
  type ExportWishes,
} from '../cli/queue/export-mail.ts';
import { openNewFile } from '../cli/files/new-file.ts';
import { withQueue } from '../cli/queue-commands.ts';
import { exportCommand, intoStream, withStore } from '../cli/queue-dump.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { countText } from '../core/mail/count-text.ts';
import { printable } from '../core/mail/printable.ts';
import type { LeavingWishes, Queue } from '../queue/open-queue.ts';
import { droppedHere } from './dropped-here.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import { progressOnTerminal } from './progress-on-terminal.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';

type Write = (octets: AsyncIterable<Buffer | string>) => Promise<unknown>;

/** `dane-relay queue export` */
export const exportRunner: Runner = async (command, here) => {
  const format = valueOf(command, 'as') ?? 'dump';
  const filter = filterOf(command, Date.now());
  const { operands } = command;
  if (filter !== undefined && operands.length > 0) throw wrong(command, 'takes either ids or options');
  if (format === 'dump') {
    if (filter !== undefined || operands.length > 0)
      throw wrong(command, 'exports all messages, unless --as is mbox or eml');
    if (has(command, 'remove')) throw wrong(command, 'removes messages with --as eml alone');
    return exportDump(command, here);
  }
  const meant: LeavingWishes['meant'] =
    filter !== undefined
      ? { kind: 'filter', filter }
      : operands.length > 0
        ? { kind: 'ids', ids: namedIds(operands, process.stdin) }
        : { kind: 'all' };
  if (format === 'mbox') {
    if (has(command, 'remove')) throw wrong(command, 'removes messages with --as eml alone');
    return exportMail(command, here, meant, toMbox(command));
  }
  const to = valueOf(command, 'to');
  if (to === undefined || to === '') throw wrong(command, 'needs --to, a directory, with --as eml');
  if (has(command, 'remove') && has(command, 'live')) throw wrong(command, 'takes either --remove or --live');
  return exportMail(command, here, meant, toDirectory(command, here, to));
};

/** The form in which a dane-relay reads it again. */
async function exportDump(command: Command, { environment, warn }: Here): Promise<number> {
  const options = { make: false, warn };
  const config = configOf(command.settings, environment);
  const done = await withStore(config, environment, options, (store) =>
    withOutput(command, (write) => exportCommand(store, has(command, 'live'), write, warn)),
  );
  return done ? EX_OK : EX_TEMPFAIL;
}

/** Where --to says, whole or not at all; otherwise standard output. */
async function withOutput<T>(command: Command, work: (write: Write) => Promise<T>): Promise<T> {
  const to = valueOf(command, 'to');
  if (to === undefined) return work(intoStream(process.stdout));
  const file = await openNewFile(to);
  try {
    const done = await work(async (octets) => {
      for await (const piece of octets) await file.write(piece);
    });
    await file.finish();
    return done;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

type Export = (
  queue: Queue,
  wishes: ExportWishes,
) => Promise<{
  readonly exported: Exported;
  /** Lines for the operator. */
  readonly told: readonly string[];
  /** Whether all that was exported was removed, if that was wished. */
  readonly isRemoved?: boolean;
}>;

async function exportMail(
  command: Command,
  here: Here,
  meant: LeavingWishes['meant'],
  write: Export,
): Promise<number> {
  const { environment, warn } = here;
  const config = configOf(command.settings, environment);
  // Standard output may be the export itself.
  const tell = valueOf(command, 'to') === undefined ? warn : here.print;
  return withQueue(config, environment, warn, async (queue) => {
    const bar = progressOnTerminal()('deliveries looked at', await queue.waiting());
    let looked = 0;
    const { exported, told, isRemoved } = await write(queue, {
      meant,
      ambiguous: config.queue.ambiguous,
      looked: () => bar.at((looked += 1)),
      live: has(command, 'live'),
      stopping: untilInterrupted(),
      warn(text) {
        bar.end();
        warn(text);
      },
    });
    bar.end();
    for (const line of told) tell(printable(line));
    const away = await queue.away();
    if (away > 0)
      warn(`${countText(away, 'message')} on the way to another queue, and not exported (queue drain)`);
    let inMaildrop = 0;
    for await (const _ of droppedHere(config, environment)) inMaildrop += 1;
    if (inMaildrop > 0)
      warn(
        `${countText(inMaildrop, 'message')} in the maildrop, and not exported: a relay must run to pick them up`,
      );
    const isWhole = exported.atWork + exported.leftOut + away + inMaildrop === 0;
    return isWhole && isRemoved !== false ? EX_OK : EX_TEMPFAIL;
  });
}

function toMbox(command: Command): Export {
  return (queue, wishes) =>
    withOutput(command, async (write) => {
      const exported = await exportToMbox(queue, write, wishes);
      return { exported, told: exportedLines(exported, valueOf(command, 'to') ?? 'standard output') };
    });
}

function toDirectory(command: Command, here: Here, to: string): Export {
  return async (queue, wishes) => {
    const directory = await openExportDirectory(to);
    let exported: Exported;
    try {
      exported = await exportToDirectory(queue, directory, wishes);
      await directory.finish();
    } catch (error) {
      await directory.discard();
      throw error;
    }
    const told = exportedLines(exported, to);
    if (has(command, 'remove')) {
      for (const line of told) here.print(printable(line));
      const end = await actCommand(
        queue,
        (queueId) => queue.act('delete', queueId),
        { what: 'delete', meant: { kind: 'ids', ids: ['-'] } },
        {
          input: createReadStream(directory.ids),
          json: false,
          print: here.print,
          warn: here.warn,
          progress: progressOnTerminal(),
          sure: true,
        },
      );
      return { exported, told: [`hand them over with: sh ${to}/resend`], isRemoved: end === 'all' };
    }
    const next = [
      `hand them over with: sh ${to}/resend`,
      `then delete them here: dane-relay queue delete - < ${directory.ids}`,
    ];
    return { exported, told: [...told, ...(exported.messages === 0 ? [] : next)] };
  };
}

function wrong({ name }: Command, what: string): UsageError {
  return new UsageError(`"${name}" ${what}.${hint(name)}`);
}
