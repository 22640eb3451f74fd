import { families, type CommandName } from '../cli/commands.ts';
import type { Runner } from './runner.ts';

type Families = typeof families;

/** Only what a command needs is loaded: a family is, when one of its commands is called. */
const loaders: {
  readonly [F in keyof Families]: () => Promise<{
    readonly runners: Readonly<Record<keyof Families[F], Runner>>;
  }>;
} = {
  relay: () => import('./relay.ts'),
  init: () => import('./init.ts'),
  importPostfix: () => import('./import-postfix.ts'),
  check: () => import('./check.ts'),
  doctor: () => import('./doctor.ts'),
  queue: () => import('./queue.ts'),
  top: () => import('./top.ts'),
  explain: () => import('./explain.ts'),
  trace: () => import('./trace.ts'),
  except: () => import('./except.ts'),
  tlsrpt: () => import('./tlsrpt.ts'),
  sts: () => import('./sts.ts'),
  destinations: () => import('./destinations.ts'),
  whatIf: () => import('./what-if.ts'),
  sticky: () => import('./sticky.ts'),
  receipt: () => import('./receipt.ts'),
  sendmail: () => import('./sendmail.ts'),
  postfix: () => import('./postfix.ts'),
  users: () => import('./users.ts'),
  tokens: () => import('./tokens.ts'),
  dkim: () => import('./dkim.ts'),
  certificates: () => import('./certificates.ts'),
  tlsa: () => import('./tlsa.ts'),
  log: () => import('./log.ts'),
  help: () => import('./help.ts'),
};

export async function findRunner(name: CommandName): Promise<Runner> {
  for (const family of Object.keys(loaders) as (keyof Families)[]) {
    if (!Object.hasOwn(families[family], name)) continue;
    const { runners } = await loaders[family]();
    return (runners as Readonly<Partial<Record<CommandName, Runner>>>)[name] as Runner;
  }
  throw new Error(`nothing runs "${name}"`);
}
