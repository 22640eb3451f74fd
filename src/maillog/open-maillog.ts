import { setTimeout as sleep } from 'node:timers/promises';
import { components, type Log, type LogEvent } from '../core/log/log-event.ts';
import { DescriptorOutlet, openLogFile, openStandard } from './descriptor-outlet.ts';
import { JOURNAL_SOCKET, isJournal } from './journal.ts';
import { JournalOutlet } from './journal-outlet.ts';
import { journalText, jsonText, postfixText, type LineText } from './line-texts.ts';
import { LineWriter, type WriterFigures } from './line-writer.ts';
import type { Outlet } from './line.ts';
import { linesDropped } from './log-lines.ts';

export interface MaillogOptions {
  readonly format: 'postfix' | 'json';
  readonly syslogName: string;
  /** `tls.loglevel` */
  readonly tlsLevel: number;
  /** Path; empty for standard output. */
  readonly file: string;
  /** JOURNAL_STREAM of the environment. */
  readonly journalStream: string | undefined;
  /** Another process tells in the same log what follows from these lines, so they are not kept back for further ones. */
  readonly isFollowed?: boolean;
}

export interface MaillogPorts {
  /** Is called for every event, whether its line is shown, held back or lost. */
  readonly count: (event: LogEvent) => void;
  /** Tells the operator, outside the log, when the log itself is in trouble. */
  readonly warn: (text: string) => void;
}

export interface Maillog {
  /**
   * Never blocks. An ordinary line is written at the end of the turn of the event loop, or within five milliseconds. A line that somebody should
   * look at, or that is about the relay itself, is written before this returns. At the end of the process no line
   * waits, unless nobody takes it.
   */
  readonly log: Log;
  /**
   * Opens the file again, after it was rotated. Throws the error of the operating system; lines then still go into the
   * old file.
   */
  reopen(): void;
  /** Why lines do not get out, in words; undefined if they do. */
  trouble(): string | undefined;
  figures(): WriterFigures;
  /** Waits until all is written, or nothing moves any more. From then on every line goes out at once. */
  end(): Promise<void>;
}

/**
 * Under load, the lines of this time are one system call. The journal has a stream for each component, and lines that
 * reach it together change places, so there every turn of the event loop is written by itself.
 */
const GATHER_MS = 5;
/** How long to wait for a reader that has stopped, at the end. */
const LAST_PATIENCE_MS = 1_000;
const LAST_POLL_MS = 20;

/** Opens the mail log. Throws the error of the operating system if the file cannot be opened. */
export function openMaillog(options: MaillogOptions, ports: MaillogPorts): Maillog {
  const { outlet, textOf, name, reopen } = openOutlet(options);
  let ending = false;

  const writer = new LineWriter({
    outlet,
    gatherMs: outlet instanceof JournalOutlet || options.isFollowed === true ? 0 : GATHER_MS,
    now: performance.now.bind(performance),
    afterTurn: (work) => void setImmediate(work),
    later: (ms, work) => void setTimeout(work, ms).unref(),
    missing(count, reason) {
      const event = linesDropped(count, reason);
      ports.count(event);
      return { component: event.component, text: textOf(event) };
    },
    onRefusal(reason) {
      // If the standard output refuses, standard error is likely to refuse too.
      if (options.file !== '') ports.warn(`warning: the log ${name} cannot be written: ${reason}`);
    },
  });
  if (outlet instanceof JournalOutlet) outlet.onReady(() => writer.flush());
  process.on('exit', () => {
    if (outlet instanceof JournalOutlet) outlet.close();
    flushAtExit(writer);
  });

  return {
    log(event) {
      ports.count(event);
      if ((event.tlsLevel ?? 0) > options.tlsLevel) return;
      const urgent = ending || event.severity !== 'info' || event.component === 'master';
      writer.write({ component: event.component, text: textOf(event) }, urgent);
    },
    reopen() {
      reopen();
      writer.flush();
    },
    trouble() {
      const trouble = writer.trouble();
      return trouble === undefined ? undefined : `${name} cannot be written: ${trouble}`;
    },
    figures: () => writer.figures(),
    async end() {
      ending = true;
      let left = writer.leftOver().count;
      let movedAt = performance.now();
      while (!writer.flush() && performance.now() - movedAt < LAST_PATIENCE_MS) {
        await sleep(LAST_POLL_MS);
        if (writer.leftOver().count < left) movedAt = performance.now();
        left = writer.leftOver().count;
      }
      const { count, reason } = writer.leftOver();
      if (count > 0) ports.warn(`warning: ${count} lines of the log ${name} are lost: ${reason}`);
    },
  };
}

interface OpenedOutlet {
  readonly outlet: Outlet;
  readonly textOf: LineText;
  /** For the operator. */
  readonly name: string;
  readonly reopen: () => void;
}

function openOutlet({ file, format, syslogName, journalStream }: MaillogOptions): OpenedOutlet {
  const plainText = format === 'json' ? jsonText() : postfixText(syslogName);
  if (file !== '') {
    const outlet = new DescriptorOutlet(openLogFile(file));
    return {
      outlet,
      textOf: plainText,
      name: file,
      reopen: () => outlet.replace(openLogFile(file)),
    };
  }
  const standardOutput = new DescriptorOutlet(openStandard(1));
  const name = 'standard output';
  if (!isJournal(1, journalStream)) return { outlet: standardOutput, textOf: plainText, name, reopen() {} };
  const outlet = new JournalOutlet(JOURNAL_SOCKET, syslogName, components, standardOutput);
  return { outlet, textOf: journalText(format), name: 'the journal', reopen() {} };
}

/** The process ends in this turn of the event loop, so a reader that is only behind gets a moment. */
function flushAtExit(writer: LineWriter): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < 10 && !writer.flush(); round += 1) Atomics.wait(clock, 0, 0, LAST_POLL_MS);
}
