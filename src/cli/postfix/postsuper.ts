import type { Readable } from 'node:stream';
import { printable } from '../../core/mail/printable.ts';
import type { Act, Queue } from '../../queue/open-queue.ts';
import { namedIds } from '../queue/act-command.ts';
import { readOptions, type PostfixOption } from './options.ts';
import { isQueueId, type Refused } from './postqueue.ts';

/** What a call of postsuper(1) asks for: acts in the order of the command line, and where. */
export type PostsuperRequest =
  | {
      readonly kind: 'acts';
      readonly acts: readonly PostfixOption[];
      /** Empty: those that each act is for without them. */
      readonly queues: readonly string[];
    }
  | Refused;

const usage = `usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] \
[-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] \
[-r queue_id (requeue)] [-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]`;

const waiting = ['incoming', 'active', 'deferred'] as const;
const everywhere = ['hold', ...waiting] as const;

/** For each letter: what is done to a message, one after the other, and in which queues. */
const letters: Readonly<
  Record<string, { readonly acts: readonly Act[]; readonly queues: readonly string[] }>
> = {
  d: { acts: ['delete'], queues: everywhere },
  e: { acts: ['expire'], queues: everywhere },
  f: { acts: ['expire', 'release'], queues: everywhere },
  h: { acts: ['hold'], queues: waiting },
  H: { acts: ['release'], queues: ['hold'] },
  r: { acts: ['requeue'], queues: everywhere },
};

/** Of these nothing is to be done here. */
const queueNames = new Set<string>([...everywhere, 'maildrop', 'bounce', 'defer', 'trace', 'flush']);

export function parsePostsuper(argv: readonly string[]): PostsuperRequest {
  const read = readOptions(argv, 'c:d:e:f:h:H:pr:sSv');
  if (read.trouble !== undefined) return { kind: 'refused', trouble: read.trouble, reason: usage };
  const unknown = read.operands.find((name) => !queueNames.has(name));
  if (unknown !== undefined) return { kind: 'refused', reason: `invalid directory name: ${unknown}` };
  // -p, -s and -S mend the directories of Postfix, of which there are none here.
  const asked = read.options.filter(({ letter }) => Object.hasOwn(letters, letter));
  return { kind: 'acts', acts: asked, queues: read.operands };
}

const words: Readonly<Partial<Record<Act, string>>> = {
  delete: 'removed',
  expire: 'expired',
  hold: 'placed on hold',
  release: 'released from hold',
  requeue: 'requeued',
};

/** In the order in which Postfix sums up. */
const summaries: readonly (readonly [Act, string])[] = [
  ['requeue', 'Requeued'],
  ['delete', 'Deleted'],
  ['expire', 'Force-expired'],
  ['hold', 'Placed on hold'],
  ['release', 'Released from hold'],
];

export interface PostsuperTools {
  readonly input: Readable;
  /** Writes a line to standard error. */
  readonly say: (line: string) => unknown;
}

/** Between so many acts the log may catch up. */
const STEP = 100;

/** Does it, and says so in the words of Postfix. An ID that stands for nothing is passed over. */
export async function postsuperCommand(
  queue: Pick<Queue, 'act' | 'message' | 'messages' | 'untilNoted'>,
  { acts: asked, queues }: PostsuperRequest & { readonly kind: 'acts' },
  { input, say }: PostsuperTools,
): Promise<true> {
  const counts = new Map<Act, number>();
  let looked = 0;
  for (const { letter, value } of asked) {
    const wish = letters[letter];
    if (wish === undefined) continue;
    const allowed = new Set(queues.length === 0 ? wish.queues : queues);
    for (const act of wish.acts) counts.set(act, counts.get(act) ?? 0);
    for await (const queueId of value === 'ALL' ? allIds(queue, allowed) : namedIds([value], input)) {
      if (!isQueueId(queueId)) {
        say(`postsuper: warning: invalid mail queue id: ${printable(queueId)}`);
        continue;
      }
      if (value !== 'ALL' && !(await isIn(queue, queueId, allowed))) continue;
      for (const act of wish.acts) {
        const { result } = await queue.act(act, queueId);
        if (result !== 'done') continue;
        counts.set(act, (counts.get(act) ?? 0) + 1);
        // Of all at once it only tells their number.
        if (value !== 'ALL') say(`postsuper: ${queueId}: ${words[act] ?? act}`);
      }
      looked += 1;
      if (looked % STEP === 0) await queue.untilNoted();
    }
  }
  for (const [act, title] of summaries) {
    const count = counts.get(act);
    if (count !== undefined) say(`postsuper: ${title}: ${count} message${count === 1 ? '' : 's'}`);
  }
  return true;
}

/** All of them before the first is done to, since that may change where it stands. */
async function* allIds(queue: Pick<Queue, 'messages'>, allowed: ReadonlySet<string>): AsyncGenerator<string> {
  const ids: string[] = [];
  for await (const message of queue.messages()) if (allowed.has(message.state)) ids.push(message.queueId);
  yield* ids;
}

async function isIn(
  queue: Pick<Queue, 'message'>,
  queueId: string,
  allowed: ReadonlySet<string>,
): Promise<boolean> {
  const message = await queue.message(queueId);
  return message !== undefined && allowed.has(message.state);
}
