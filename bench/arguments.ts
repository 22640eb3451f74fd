import path from 'node:path';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';
import { scenes } from './scenes/scenes.ts';

/** What a run of the bench is told on its command line. */
export interface Arguments {
  readonly rounds: number;
  /** Names of the scenarios to go through, in order. */
  readonly scenarios: readonly string[];
  /** Messages of a round, instead of what the scenario says. */
  readonly messages?: number;
  /** No round is begun that would not end in this time from the start; how long a scene lasts that can be shorter. */
  readonly minutes?: number;
  readonly peers: readonly PeerKind[];
  /** `key=value` for `--set` of the relay. */
  readonly relaySettings: readonly string[];
  /** Where Node writes CPU profiles of the relay. */
  readonly cpuProfile?: string;
  /** File for the raw figures, instead of one in a new temporary directory. */
  readonly out?: string;
}

/** `split`: the relay as two processes, intake and delivery, with one Redis. */
export type PeerKind = 'relay' | 'split' | 'postfix';

export const usage = `\
Usage: npm run bench -- [OPTIONS]
       npm run bench -- STUDY [--messages N] [--relay-set KEY=VALUE]
       npm run bench -- --budget [--record] [--messages N] [--relay-set KEY=VALUE]

Measures the relay against Postfix as a DANE client, in interleaved rounds. Needs root.

A study looks at the relay alone, for a minute or so:

  head-of-line           mail for destinations that work, while others hang
  drain                  how a backlog goes out after an outage
  reuse                  how many messages go out over a used connection
  leaving                queue export --as eml and --as mbox, and resend: rate and memory
  login-load             a client beside others that log in for each message
  cpu                    time of the processor for a message, step by step (--record keeps it)
  four-nodes             four relays at once, against what the model of one says
  capacity               what nodes can carry, from the records (--record: into the documentation)

--budget counts what a message costs: system calls, commands and octets of Redis,
octets allocated. It exits with 1 if one has grown by more than a tenth against
bench/budget/baseline.json, which --record writes anew.

  --scenario LIST        ${Object.entries({ ...scenarios, ...scenes })
    .map(([name, { title }]) => `${name}: ${title}`)
    .join(`\n${' '.repeat(25)}`)}
                         (default: ${Object.keys(scenarios).join(',')}, one after the other)
  --rounds N             rounds to measure in each (default 5)
  --minutes N            time for all of it: fewer rounds when it runs out (default 12);
                         how long h lasts (default 10)
  --messages N           messages of a round (default: as the scenario says)
  --peers LIST           of relay, split and postfix (default relay,postfix); split is the relay as
                         two processes, intake and delivery, with one Redis
  --relay-set KEY=VALUE  setting of the relay, as often as needed
  --cpu-prof DIR         let Node write CPU profiles of the relay there
  --out FILE             raw figures as JSON (default: a file in a new temporary directory)
`;

/** Something in the command line makes no sense; the message says what. */
export class ArgumentError extends Error {
  override name = 'ArgumentError';
}

/** @throws ArgumentError */
export function parseArguments(argv: readonly string[]): Arguments | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const known = [...Object.keys(scenarios), ...Object.keys(scenes)];
  const wanted = values.scenario?.split(',') ?? Object.keys(scenarios);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ArgumentError(`--scenario ${unknown}: known are ${known.join(', ')}`);
  }
  const peers = values.peers.split(',');
  if (!peers.every(isPeerKind) || new Set(peers).size !== peers.length) {
    throw new ArgumentError(
      `--peers ${values.peers}: wanted is relay, split, postfix or several of them, with commas`,
    );
  }
  const wrong = values['relay-set'].find((setting) => !/^[\w.]+=/.test(setting));
  if (wrong !== undefined) throw new ArgumentError(`--relay-set ${wrong}: wanted is KEY=VALUE`);
  const cpuProfile = values['cpu-prof'];
  return {
    rounds: count('rounds', values.rounds),
    scenarios: wanted,
    ...(values.messages === undefined ? {} : { messages: count('messages', values.messages) }),
    ...(values.minutes === undefined ? {} : { minutes: count('minutes', values.minutes) }),
    peers,
    relaySettings: values['relay-set'],
    ...(cpuProfile === undefined ? {} : { cpuProfile: path.resolve(cpuProfile) }),
    ...(values.out === undefined ? {} : { out: path.resolve(values.out) }),
  };
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        rounds: { type: 'string', default: '5' },
        minutes: { type: 'string' },
        scenario: { type: 'string' },
        messages: { type: 'string' },
        peers: { type: 'string', default: 'relay,postfix' },
        'relay-set': { type: 'string', multiple: true, default: [] },
        'cpu-prof': { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isPeerKind(name: string): name is PeerKind {
  return name === 'relay' || name === 'split' || name === 'postfix';
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ArgumentError(`--${option} ${text}: wanted is a whole number above 0`);
}
