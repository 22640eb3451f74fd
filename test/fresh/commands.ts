import { homeOf } from './machine.ts';
import { tryPackages } from './package/try-packages.ts';
import type { Scene } from './scene.ts';

export const commandNames = ['start', 'service', 'sockets', 'tutorial', 'package', 'demo', 'test'] as const;
export type CommandName = (typeof commandNames)[number];

/** A command of the README or of a page of docs, and how to see that it did what the README says. */
export interface ReadmeCommand {
  /** As the page has it. */
  readonly line: string;
  /** What is run for it, in the clone, where that is not the line itself. */
  readonly played?: string;
  /** Something the output must have in its last lines. */
  readonly proof: RegExp;
  readonly timeoutMs: number;
  /** Needs a machine that systemd runs. */
  readonly needsSystemd?: true;
  /** What others do needs root. */
  readonly isForRoot?: true;
  /** What is shown of it when it has been played; resolves to what was wrong. */
  afterwards?(scene: Scene): Promise<readonly string[]>;
  /** What it leaves on purpose. */
  leaves(user: string): readonly string[];
}

const minute = 60_000;

/** Settings and mail stay when a service is removed. */
const ofTheService = [
  '/etc/dane-relay',
  ...['lib', 'log'].flatMap((kind) => [`/var/${kind}/dane-relay`, `/var/${kind}/private/dane-relay`]),
];

/** Whether this command is for this user. */
export function isFor(name: CommandName, user: string): boolean {
  return user === 'root' || commands[name].isForRoot !== true;
}

/** In an order in which each needs more packages than the ones before: what one of them forgets to install is missing. */
export const commands: Readonly<Record<CommandName, ReadmeCommand>> = {
  start: {
    line: 'npm start',
    played: 'node test/fresh/start-and-stop.mjs',
    proof: /^ready, accepted a message, stopped with 0$/m,
    timeoutMs: 10 * minute,
    // The queue and, with root, the maildrop, which every user of the machine may write to.
    leaves: (user) =>
      user === 'root'
        ? ['/var/lib/dane-relay', '/var/spool/dane-relay']
        : [`${homeOf(user)}/.local/state/dane-relay`],
  },
  service: {
    line: 'node deploy/service.mjs install',
    played: 'node test/fresh/service.mjs',
    proof: /^the service was installed, used, upgraded and removed$/m,
    timeoutMs: 45 * minute,
    needsSystemd: true,
    isForRoot: true,
    leaves: () => ofTheService,
  },
  sockets: {
    line: 'node deploy/service.mjs install --socket',
    played: 'node test/fresh/sockets.mjs',
    proof: /^the service was played behind sockets of systemd$/m,
    timeoutMs: 30 * minute,
    needsSystemd: true,
    isForRoot: true,
    leaves: () => ofTheService,
  },
  tutorial: {
    line: 'the commands of docs/tutorial.md',
    played: 'bash test/fresh/tutorial.sh',
    proof: /^the tutorial was typed to its end$/m,
    timeoutMs: 25 * minute,
    needsSystemd: true,
    isForRoot: true,
    leaves: () => ofTheService,
  },
  package: {
    line: 'npm run package:deb',
    proof: /^package: \S+\/dane-relay_\S+_all\.deb, /m,
    timeoutMs: 20 * minute,
    isForRoot: true,
    leaves: () => [],
    afterwards: tryPackages,
  },
  demo: {
    line: 'npm run demo',
    proof: /^(\d+) of \1 as expected, in /m,
    timeoutMs: 10 * minute,
    leaves: () => [],
  },
  test: {
    line: 'npm test',
    proof: /^[1-9]\d* passed, 0 failed, \d+ skipped$/m,
    timeoutMs: 45 * minute,
    leaves: () => [],
  },
};
