import { parseArgs } from 'node:util';

export interface NodesOptions {
  /** Versions of Node as npm knows them: `24`, `20.19`. */
  readonly nodes: readonly string[];
  /** Those that play the scenarios too. */
  readonly scenarios: readonly string[];
  readonly cache: string;
}

export const usage = `npm run nodes -- [--node VERSION]... [--scenarios VERSION]... [--cache DIR]
  --node VERSION       unit tests on it: 20.19, 22, 24 and 26 unless given
  --scenarios VERSION  scenarios on it too: 24 unless given, "none" for none
  --cache DIR          keeps the Nodes for the next time, /var/cache/dane-relay-fresh unless given
`;

/** Throws an Error that says what is wrong. */
export function readOptions(args: readonly string[]): NodesOptions {
  const several = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { node: several, scenarios: several, cache: { type: 'string' } },
  });
  const { node = ['20.19', '22', '24', '26'], cache = '/var/cache/dane-relay-fresh' } = values;
  const { scenarios = node.filter((version) => version.split('.')[0] === '24') } = values;
  const wanted = scenarios.filter((version) => version !== 'none');
  for (const version of [...node, ...wanted])
    if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new Error(`${version} is no version of Node`);
  return { nodes: [...new Set([...node, ...wanted])], scenarios: wanted, cache };
}
