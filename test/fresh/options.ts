import { parseArgs } from 'node:util';
import { commandNames, type CommandName } from './commands.ts';

export interface FreshOptions {
  /** Versions of Node as npm knows them: `24`, `20.19`; `none` for a machine without one. */
  readonly nodes: readonly string[];
  readonly users: readonly string[];
  readonly commands: readonly CommandName[];
  /** Whether the image for containers is built and tried. */
  readonly container: boolean;
  /** Debian's name of the release. */
  readonly suite: string;
  /** What is made once and used by every machine. */
  readonly cache: string;
}

export const usage = `npm run fresh -- [--node VERSION]... [--user NAME]... [--command NAME]... [--suite NAME] [--cache DIR]
  --node VERSION  20.19 and 24 unless given; as often as needed, as are --user and --command. none: there is none at
                  first, for --command tutorial
  --user NAME     root and somebody unless given; anybody but root is made in the machine
  --command NAME  start, service, sockets, tutorial and package (root only), demo and test unless given; in that order, one after
                  the other in one machine; and container, the image for containers, which is in no machine and has its own
                  Debian and Node
  --suite NAME    release of Debian, bookworm unless given
  --cache DIR     keeps Debian's root and Node for the next time, /var/cache/dane-relay-fresh unless given
`;

/** Throws an Error that says what is wrong. */
export function readOptions(args: readonly string[]): FreshOptions {
  const several = { type: 'string', multiple: true } as const;
  const one = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { node: several, user: several, command: several, suite: one, cache: one },
  });
  const {
    node = ['20.19', '24'],
    user = ['root', 'somebody'],
    command = [...commandNames, 'container'],
  } = values;
  const { suite = 'bookworm', cache = '/var/cache/dane-relay-fresh' } = values;
  for (const version of node)
    demand(/^(?:\d+(?:\.\d+){0,2}|none)$/.test(version), `--node takes a version, not ${version}`);
  for (const name of user) demand(/^[a-z][a-z0-9-]{0,30}$/.test(name), `--user takes a name, not ${name}`);
  for (const name of command)
    demand(
      [...commandNames, 'container'].includes(name),
      `--command is one of ${commandNames.join(', ')}, container, not ${name}`,
    );
  demand(/^[a-z]+$/.test(suite), `--suite takes a name, not ${suite}`);
  return {
    nodes: node,
    users: user,
    commands: commandNames.filter((name) => command.includes(name)),
    container: command.includes('container'),
    suite,
    cache,
  };
}

function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
