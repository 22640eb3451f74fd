import { describe, expect, test } from 'vitest';
import { parseArguments, type Command } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** What a command line asks for that names nothing but the command. */
const plain: Command = {
  name: 'run',
  settings: { sets: [] },
  operands: [],
  options: {},
};

test.each<[string, Partial<Command>]>([
  ['run', { name: 'run' }],
  ['run --role intake', { name: 'run', options: { role: ['intake'] } }],
  ['run --config f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] } }],
  ['run --config=f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] } }],
  ['run --config=-f', { name: 'run', settings: { configFile: '-f', sets: [] } }],
  ['--config f.toml run', { name: 'run', settings: { configFile: 'f.toml', sets: [] } }],
  ['run -c f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] } }],
  ['run -cf.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] } }],
  ['run --set a=b --set c=d=e', { name: 'run', settings: { sets: ['a=b', 'c=d=e'] } }],
  ['run --set=a=b', { name: 'run', settings: { sets: ['a=b'] } }],
  ['check-config --set a=b', { name: 'check-config', settings: { sets: ['a=b'] } }],
  ['queue list', { name: 'queue list' }],
  [
    'token add shop --sender @a.test --sender b@a.test --rate 5 --size 1MiB',
    {
      name: 'token add',
      operands: ['shop'],
      options: { sender: ['@a.test', 'b@a.test'], rate: ['5'], size: ['1MiB'] },
    },
  ],
  ['queue list --json', { name: 'queue list', options: { json: [''] } }],
  ['queue flush --config f', { name: 'queue flush', settings: { configFile: 'f', sets: [] }, operands: [] }],
  ['queue flush a.test b.test', { name: 'queue flush', operands: ['a.test', 'b.test'] }],
  ['queue release all', { name: 'queue release', operands: ['all'] }],
  ['queue release 4a 4b', { name: 'queue release', operands: ['4a', '4b'] }],
  ['queue delete 4a', { name: 'queue delete', operands: ['4a'] }],
  ['queue export --live', { name: 'queue export', options: { live: [''] } }],
  ['queue export', { name: 'queue export' }],
  ['queue import --set a=b', { name: 'queue import', settings: { sets: ['a=b'] } }],
  ['health --json', { name: 'health', options: { json: [''] } }],
  ['help', { name: 'help' }],
  ['--help', { name: 'help' }],
  ['help help', { name: 'help', operands: ['help'] }],
  ['help queue', { name: 'help', operands: ['queue'] }],
  ['help --set a=b -c f', { name: 'help' }],
  ['help queue list', { name: 'help', operands: ['queue', 'list'] }],
  ['queue flush --help', { name: 'help', operands: ['queue', 'flush'] }],
  ['queue delete --help', { name: 'help', operands: ['queue', 'delete'] }],
  ['--help queue list', { name: 'help', operands: ['queue', 'list'] }],
  ['--role intake run', { name: 'run', options: { role: ['intake'] } }],
  [
    'queue list --set a=b --json -c f',
    { name: 'queue list', settings: { configFile: 'f', sets: ['a=b'] }, options: { json: [''] } },
  ],
  ['queue flush a -- -b --json', { name: 'queue flush', operands: ['a', '-b', '--json'] }],
  ['queue flush constructor', { name: 'queue flush', operands: ['constructor'] }],
  ['completion bash', { name: 'completion', operands: ['bash'] }],
  ['run --help --json', { name: 'help', operands: ['run'] }],
  ['-h', { name: 'help' }],
  ['queue -h', { name: 'help', operands: ['queue'] }],
  ['--version', { name: 'version' }],
  ['-V', { name: 'version' }],
  ['--version run', { name: 'version' }],
])('parseArguments(): %s', (line, command) => {
  expect(parseArguments(line.split(' '))).toEqual({ ...plain, ...command });
});

describe('parseArguments(): what is not understood', () => {
  test.each([
    ['', 'A command is missing. See "dane-relay help".'],
    ['start', '"start" is not a command. See "dane-relay help".'],
    ['rnu', '"rnu" is not a command. Did you mean "run"?'],
    ['queue', 'What about the queue? See "dane-relay help queue".'],
    ['queue frobnicate', '"queue frobnicate" is not a command. See "dane-relay help queue".'],
    ['run now', '"now" is one word too many after "run". See "dane-relay help run".'],
    ['queue delete all', '"queue delete" takes ids only, not "all". See "dane-relay help queue delete".'],
    ['queue list x', '"x" is one word too many after "queue list". See "dane-relay help queue list".'],
    ['run --conifg f', '--conifg is not an option. Did you mean "--config"?'],
    ['run -x f', '-x is not an option. See "dane-relay help".'],
    ['run -c', '--config needs a value. See "dane-relay help run".'],
    ['run -v', '-v is not an option. Did you mean "-V"?'],
    ['-H', '-H is not an option. Did you mean "-h"?'],
    ['run --frobnicate', '--frobnicate is not an option. See "dane-relay help".'],
    ['run --json', '--json is not an option of "run". See "dane-relay help run".'],
    [
      'queue flush --role all',
      '--role is not an option of "queue flush". See "dane-relay help queue flush".',
    ],
    ['run --config', '--config needs a value. See "dane-relay help run".'],
    ['run --config=', '--config needs the name of a file. See "dane-relay help run".'],
    ['run --config --set a=b', '--config needs a value. See "dane-relay help run".'],
    ['run --config a --config b', '--config is given 2 times; once is enough.'],
    ['health --json=yes', '--json takes no value. See "dane-relay help health".'],
    ['run --role both', '--role is one of all, intake, delivery, not "both". See "dane-relay help run".'],
    ['queue lsit', '"queue lsit" is not a command. Did you mean "queue list"?'],
    ['queue --json', 'What about the queue? See "dane-relay help queue".'],
    [
      'queue flush --role all --set a=b',
      '--role is not an option of "queue flush". See "dane-relay help queue flush".',
    ],
    ['run --conifg=f', '--conifg is not an option. Did you mean "--config"?'],
    ['run --help=yes', '--help takes no value. See "dane-relay help run".'],
    ['run -xc f', '-xc is not an option. See "dane-relay help".'],
    ['run --set', '--set needs a value. See "dane-relay help run".'],
    ['completion', '"completion" needs the name of a shell. See "dane-relay help completion".'],
    ['completion csh', '"completion" takes one of bash, not "csh". See "dane-relay help completion".'],
    [
      'completion bash --set a=b',
      '--set is not an option of "completion". See "dane-relay help completion".',
    ],
    ['constructor', '"constructor" is not a command. See "dane-relay help".'],
    ['help constructor', '"constructor" is not a command. See "dane-relay help".'],
    ['help queue me', '"queue me" is not a command. See "dane-relay help queue".'],
    ['me --help', '"me" is not a command. See "dane-relay help".'],
    ['help me', '"me" is not a command. See "dane-relay help".'],
    ['help que', '"que" is not a command. See "dane-relay help".'],
    ['run --no-json', '--no-json is not an option. See "dane-relay help".'],
  ])('parseArguments(): %j', (line, message) => {
    const parse = (): Command => parseArguments(line === '' ? [] : line.split(' '));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  test('parseArguments(): is exit status 64', () => {
    expect(new UsageError('')).toMatchObject({ name: 'UsageError', code: 'USAGE', exitCode: 64 });
  });
});
