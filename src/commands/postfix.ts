import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigArguments } from '../cli/arguments.ts';
import type { postfixCommands } from '../cli/families/postfix.ts';
import { mailqCommand } from '../cli/postfix/mailq.ts';
import type { PostfixName } from '../cli/postfix/names.ts';
import { readOptions } from '../cli/postfix/options.ts';
import { parsePostqueue } from '../cli/postfix/postqueue.ts';
import { parsePostsuper, postsuperCommand } from '../cli/postfix/postsuper.ts';
import { parseQshape, qshapeCommand } from '../cli/postfix/qshape.ts';
import { queueJsonCommand } from '../cli/postfix/queue-json.ts';
import { shownMessages } from '../cli/postfix/shown-message.ts';
import { withQueue } from '../cli/queue-commands.ts';
import type { Queue } from '../queue/open-queue.ts';
import { describeError } from './describe-error.ts';
import { droppedHere } from './dropped-here.ts';
import { EX_OK, EX_UNAVAILABLE } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof postfixCommands, Runner>> = {
  postqueue: ({ operands }, here) => postfix('postqueue', operands, here),
  postsuper: ({ operands }, here) => postfix('postsuper', operands, here),
  qshape: ({ operands }, here) => postfix('qshape', operands, here),
};

/** The exit status of a command of Postfix that failed, or did not understand what it was told. */
const failure = { postqueue: EX_UNAVAILABLE, postsuper: 1, qshape: 1 } as const;

/** A command by its name in Postfix: what it prints, and how it ends, is what scripts expect of that. */
export async function postfix(name: PostfixName, words: readonly string[], here: Here): Promise<number> {
  if (words[0] === '--help') {
    const { usage } = await import('../cli/usage.ts');
    here.print(usage([name]).trimEnd());
    return EX_OK;
  }
  const say = (line: string): unknown => process.stderr.write(`${line}\n`);
  try {
    return await programs[name](words, here, say);
  } catch (error) {
    say(`${name}: fatal: ${describeError(error)}`);
    return failure[name];
  }
}

type Program = (words: readonly string[], here: Here, say: (line: string) => unknown) => Promise<number>;

const programs: Readonly<Record<PostfixName, Program>> = {
  async postqueue(words, here, say) {
    const request = parsePostqueue(words);
    if (request.kind === 'refused') {
      if (request.trouble !== undefined) say(`postqueue: ${request.trouble}`);
      say(`postqueue: fatal: ${request.reason}`);
      return failure.postqueue;
    }
    await onQueue(settingsOf(words, 'c:fi:jps:v'), here, async (queue, dropped) => {
      const messages = (): ReturnType<typeof shownMessages> => shownMessages(queue.messages(), dropped());
      if (request.kind === 'list') await mailqCommand(messages(), here.print);
      else if (request.kind === 'list as JSON') await queueJsonCommand(messages(), here.print);
      else if (request.kind === 'flush') await queue.flush();
      // As Postfix, they say nothing of what they found.
      else if (request.kind === 'flush message') await queue.act('retry', request.queueId);
      else if (request.kind === 'flush site') await queue.flushNamed([request.site]);
    });
    return EX_OK;
  },
  async postsuper(words, here, say) {
    const request = parsePostsuper(words);
    if (request.kind === 'refused') {
      if (request.trouble !== undefined) say(`postsuper: ${request.trouble}`);
      say(`postsuper: fatal: ${request.reason}`);
      return failure.postsuper;
    }
    if (request.acts.length === 0) return EX_OK;
    await onQueue(settingsOf(words, 'c:d:e:f:h:H:pr:sSv'), here, (queue) =>
      postsuperCommand(queue, request, { input: process.stdin, say }),
    );
    return EX_OK;
  },
  async qshape(words, here, say) {
    const request = parseQshape(words, process.stdout.isTTY);
    if (request.kind === 'refused') {
      say(request.reason);
      return failure.qshape;
    }
    await onQueue(settingsOf(words, 'lhc:psw:b:t:m:n:N:'), here, (queue, dropped) =>
      qshapeCommand(shownMessages(queue.messages(), dropped()), request, Date.now(), here.print),
    );
    return EX_OK;
  },
};

/** `-c` is a directory in Postfix. */
function settingsOf(words: readonly string[], letters: string): ConfigArguments {
  const given = readOptions(words, letters).options.findLast(({ letter }) => letter === 'c')?.value;
  if (given === undefined) return { sets: [] };
  const isDirectory = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true;
  return { sets: [], configFile: isDirectory ? join(given, 'relay.toml') : given };
}

async function onQueue(
  settings: ConfigArguments,
  { environment }: Here,
  work: (queue: Queue, dropped: () => ReturnType<typeof droppedHere>) => Promise<unknown>,
): Promise<void> {
  const config = configOf(settings, environment);
  // That no relay runs, Postfix does not say either.
  await withQueue(
    config,
    environment,
    () => {},
    (queue) => work(queue, () => droppedHere(config, environment)),
  );
}
