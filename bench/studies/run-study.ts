import { parseArgs } from 'node:util';
import { ArgumentError } from '../arguments.ts';
import { capacity } from './capacity.ts';
import { cpu } from './cpu.ts';
import { drain } from './drain.ts';
import { fourNodes } from './four-nodes.ts';
import { headOfLine } from './head-of-line.ts';
import { health } from './health.ts';
import { leaving } from './leaving.ts';
import { loginLoad } from './login-load.ts';
import { reuse } from './reuse.ts';
import type { Study } from './stage.ts';

/** Figures of the relay by itself, a minute or so each. */
export const studies: Readonly<Record<string, Study>> = {
  'head-of-line': headOfLine,
  drain,
  cpu,
  capacity,
  'four-nodes': fourNodes,
  health,
  leaving,
  'login-load': loginLoad,
  reuse,
};

/** Resolves to the exit code. Throws ArgumentError. */
export async function runStudy(
  name: string,
  argv: readonly string[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const study = studies[name];
  if (study === undefined) throw new ArgumentError(`${name}: known are ${Object.keys(studies).join(', ')}`);
  const { messages, record, 'relay-set': relaySettings } = parse(argv);
  const count = Number(messages);
  if (messages !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    throw new ArgumentError(`--messages ${messages}: wanted is a whole number above 0`);
  }
  const options = {
    relaySettings,
    record,
    signal,
    say,
    ...(messages === undefined ? {} : { messages: count }),
  };
  const faults = await study(options);
  for (const fault of faults) say(`FAULT: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        messages: { type: 'string' },
        record: { type: 'boolean', default: false },
        'relay-set': { type: 'string', multiple: true, default: [] },
      },
    });
    return values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
