import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { inOrder } from '../../core/in-order.ts';
import { printable } from '../../core/mail/printable.ts';
import type { Act, Acted, Queue, QueueFilter } from '../../queue/open-queue.ts';
import { actText, isAsWished } from './act-texts.ts';
import type { Progress } from './progress.ts';

type ActingQueue = Pick<Queue, 'act' | 'list' | 'untilNoted' | 'waiting'>;

/** Messages that an operator means: by their ids, among them `-` for those on standard input, or by what they have in common. */
export type Meant =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: QueueFilter };

export interface ActTools {
  readonly input: Readable;
  readonly json: boolean;
  readonly print: (line: string) => boolean;
  readonly warn: (line: string) => void;
  readonly progress: (what: string, total: number) => Progress;
  /** Asks, and resolves to true for a yes; absent where nobody can be asked. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** The operator has said yes beforehand. */
  readonly sure: boolean;
}

/** Fewer need no yes. */
export const FEW = 10;
/** Between so many acts the log may catch up. */
const STEP = 100;
/** Acts of very many that are under way at the same time: Redis waits for the disk once for all of them. */
const AT_ONCE = 25;

export type ActEnd = 'all' | 'not all' | 'not confirmed';

/** Does that to every message that is meant, and says in their order what it did. */
export async function actCommand(
  queue: ActingQueue,
  act: (queueId: string) => Promise<Acted>,
  { what, meant }: { readonly what: Act; readonly meant: Meant },
  tools: ActTools,
): Promise<ActEnd> {
  if (meant.kind === 'ids')
    return (await actOnEach(queue, oneByOne(act, namedIds(meant.ids, tools.input)), tools)).end;
  const ids = await idsOf(queue, meant.filter, tools);
  if (ids.length > FEW && !tools.sure) {
    const count = `${ids.length} messages are meant, whole messages with all their recipients`;
    if (tools.confirm === undefined) {
      tools.warn(`${count}: say --yes to ${what} them`);
      return 'not confirmed';
    }
    if (!(await tools.confirm(`${count}. Really ${what} them? [y/N] `))) return 'not confirmed';
  }
  const bar = tools.progress('messages', ids.length);
  const { end, done } = await actOnEach(queue, inOrder(ids, AT_ONCE, act), tools, bar);
  if (!tools.json) tools.print(`${done} of ${ids.length} messages: ${summaries[what]}`);
  return end;
}

const summaries: Readonly<Record<Act, string>> = {
  hold: 'placed on hold',
  release: 'released from hold',
  retry: 'due now',
  requeue: 'requeued',
  expire: 'expired',
  delete: 'removed',
};

async function actOnEach(
  queue: ActingQueue,
  acts: AsyncIterable<Acted>,
  { json, print }: ActTools,
  bar?: Progress,
): Promise<{ readonly end: ActEnd; readonly done: number }> {
  let end: ActEnd = 'all';
  let looked = 0;
  let done = 0;
  for await (const acted of acts) {
    if (!isAsWished(acted)) end = 'not all';
    if (acted.result === 'done') done += 1;
    // Nobody may read it, and what was asked for is done all the same.
    print(json ? JSON.stringify({ schema: 1, ...acted }) : printable(`${acted.queueId}: ${actText(acted)}`));
    looked += 1;
    bar?.at(looked);
    if (looked % STEP === 0) await queue.untilNoted();
  }
  bar?.end();
  return { end, done };
}

/** Somebody may type them, and wants to see what came of the last one. */
async function* oneByOne(
  act: (queueId: string) => Promise<Acted>,
  ids: AsyncIterable<string>,
): AsyncGenerator<Acted> {
  for await (const id of ids) yield await act(id);
}

/** Each once: a message may wait for several destinations. */
async function idsOf(
  queue: ActingQueue,
  filter: QueueFilter,
  { progress }: ActTools,
): Promise<readonly string[]> {
  const bar = progress('deliveries looked at', await queue.waiting());
  const ids = new Set<string>();
  let looked = 0;
  const wishes = { filter, looked: () => bar.at((looked += 1)) };
  for await (const { queueId } of queue.list(wishes)) ids.add(queueId);
  bar.end();
  return [...ids];
}

/** Longest word that is taken for an id. */
const ID_CHARACTERS = 100;

/** The ids of a command line, and in the place of `-` the first word of each line of the input. */
export async function* namedIds(words: readonly string[], input: Readable): AsyncGenerator<string> {
  for (const word of words) {
    if (word !== '-') {
      yield word;
      continue;
    }
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      // As mailq marks them.
      const [id = ''] = line.trim().split(/\s/, 1);
      if (id !== '' && id.length <= ID_CHARACTERS) yield id.replace(/[*!#]{0,3}$/, '');
    }
  }
}
