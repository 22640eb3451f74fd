import { Readable } from 'node:stream';
import type { Lab } from '../test/lab/lab.ts';
import { queueId } from '../src/core/mail/queue-id.ts';
import { runCommand } from './run-command.ts';

/** One message that waits, as `queue export` wrote it: what is filled in is the same, with other names. */
export interface Template {
  readonly queueId: string;
  readonly destination: string;
  /** The lines of its message and of its content. */
  readonly lines: readonly string[];
}

/** The queue must hold one message, for one destination. */
export async function templateOf(lab: Lab): Promise<Template> {
  const { output } = await runCommand(lab, ['queue', 'export', '--live']);
  const lines = output.trimEnd().split('\n').slice(1, -1);
  const { message, due } = JSON.parse(lines[0] ?? '') as {
    readonly message: string;
    readonly due: Readonly<Record<string, number>>;
  };
  const [destination, ...others] = Object.keys(due);
  if (destination === undefined || others.length > 0 || lines.some((line) => line.includes('"gone"')))
    throw new Error('the queue is to hold one message, for one destination');
  return { queueId: message, destination, lines };
}

/**
 * Puts so many messages like this one into the queue, as an import does: one for each destination that is named.
 *
 * @param destinations one after the other, as often as it has messages
 */
export async function fillQueue(
  lab: Lab,
  template: Template,
  destinations: Iterable<string>,
): Promise<number> {
  const { output } = await runCommand(lab, ['queue', 'import'], {
    input: Readable.from(dumpOf(template, destinations)),
  });
  const imported = Number(/^(\d+) messages imported/.exec(output)?.[1]);
  if (!Number.isSafeInteger(imported)) throw new Error(`queue import said: ${output}`);
  return imported;
}

const LINES_TOGETHER = 200;

function* dumpOf(
  { queueId: id, destination, lines }: Template,
  destinations: Iterable<string>,
): Generator<string> {
  yield `${JSON.stringify({ format: 'dane-relay queue', version: 1, dump: `bench-${process.pid}-${Date.now()}` })}\n`;
  const [message = '', ...content] = lines;
  const body = content.map((line) => `${line}\n`).join('');
  const startedAt = Date.now() * 1000 - 3_600_000_000;
  let count = 0;
  let together: string[] = [];
  for (const one of destinations) {
    const named = message.replaceAll(id, queueId(startedAt + count, 1)).replaceAll(destination, one);
    together.push(named, '\n', body);
    count += 1;
    if (count % LINES_TOGETHER === 0) {
      yield together.join('');
      together = [];
    }
  }
  yield `${together.join('')}${JSON.stringify({ end: count })}\n`;
}
