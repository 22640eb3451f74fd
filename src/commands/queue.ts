import { has, type Command } from '../cli/arguments.ts';
import type { queueCommands } from '../cli/families/queue.ts';
import { withStore, importCommand, type Store } from '../cli/queue-dump.ts';
import { flushCommand, listCommand, withQueue, type Queue } from '../cli/queue-commands.ts';
import { repairCommand } from '../cli/queue-repair.ts';
import { filterOf } from '../cli/filter-options.ts';
import { queueJsonCommand } from '../cli/postfix/queue-json.ts';
import { shownMessages } from '../cli/postfix/shown-message.ts';
import { countCommand } from '../cli/queue/count-command.ts';
import { showCommand } from '../cli/queue/show-command.ts';
import { whyCommand } from '../cli/queue/why-command.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { actingOnQueue } from './act-on-queue.ts';
import { drainRunner } from './drain-queue.ts';
import { exportRunner } from './export-queue.ts';
import { progressOnTerminal } from './progress-on-terminal.ts';
import { droppedHere } from './dropped-here.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof queueCommands, Runner>> = {
  async 'queue list'(command, here) {
    if (has(command, 'postfix')) return listAsPostfix(command, here);
    const now = Date.now();
    const filter = filterOf(command, now);
    // What nobody has picked up is neither at a destination nor of a state.
    const dropped =
      filter === undefined
        ? droppedHere(configOf(command.settings, here.environment), here.environment)
        : nothing();
    const shown = { json: has(command, 'json'), now, dropped, print: here.print };
    return onQueue(command, here, (queue) => listCommand(queue, { ...shown, ...(filter && { filter }) }));
  },
  'queue show': (command, here) =>
    onQueue(command, here, (queue) =>
      showCommand(queue, command.operands, {
        json: has(command, 'json'),
        body: has(command, 'body'),
        now: Date.now(),
        print: here.print,
      }),
    ),
  'queue why': (command, here) => survey(command, here, whyCommand),
  'queue count': (command, here) => survey(command, here, countCommand),
  'queue flush': (command, here) =>
    onQueue(command, here, (queue) => flushCommand(queue, command.operands, here.print)),
  'queue hold': actingOnQueue('hold'),
  'queue release': actingOnQueue('release'),
  'queue retry': actingOnQueue('retry'),
  'queue requeue': actingOnQueue('requeue'),
  'queue expire': actingOnQueue('expire'),
  'queue delete': actingOnQueue('delete'),
  'queue drain': drainRunner,
  'queue export': exportRunner,
  'queue import': (command, here) =>
    onStore(command, here, (store) => importCommand(store, process.stdin, here.print)),
  async 'queue repair'({ settings }, { environment, warn, print }) {
    await repairCommand(configOf(settings, environment), environment, warn, print);
    return EX_OK;
  },
};

/** What Postfix says of all that waits. */
async function listAsPostfix(command: Command, here: Here): Promise<number> {
  if (filterOf(command, Date.now()) !== undefined || has(command, 'json'))
    throw new UsageError(`--postfix goes with no other option.${hint(command.name)}`);
  const dropped = droppedHere(configOf(command.settings, here.environment), here.environment);
  return onQueue(command, here, (queue) =>
    queueJsonCommand(shownMessages(queue.messages(), dropped), here.print),
  );
}

/** A command that looks at all that is meant before it says anything. */
async function survey(command: Command, here: Here, tell: typeof whyCommand): Promise<number> {
  const now = Date.now();
  const filter = filterOf(command, now) ?? {};
  return onQueue(command, here, async (queue) => {
    const bar = progressOnTerminal()('deliveries looked at', await queue.waiting());
    let looked = 0;
    const deliveries = queue.list({ filter, looked: () => bar.at((looked += 1)) });
    return tell(deliveries, {
      json: has(command, 'json'),
      now,
      print(line) {
        bar.end();
        return here.print(line);
      },
    });
  });
}

async function* nothing(): AsyncGenerator<never> {}

/** Exits with EX_TEMPFAIL if `work` reports that it did not do everything. */
export async function onQueue(
  { settings }: Pick<Command, 'settings'>,
  { environment, warn }: Here,
  work: (queue: Queue) => Promise<boolean>,
): Promise<number> {
  const done = await withQueue(configOf(settings, environment), environment, warn, work);
  return done ? EX_OK : EX_TEMPFAIL;
}

async function onStore(
  { settings }: Command,
  { environment, warn }: Here,
  work: (store: Store) => Promise<boolean>,
): Promise<number> {
  const done = await withStore(configOf(settings, environment), environment, { make: true, warn }, work);
  return done ? EX_OK : EX_TEMPFAIL;
}
