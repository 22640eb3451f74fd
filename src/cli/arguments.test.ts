import { describe, expect, test } from 'vitest';
import { parseArguments, type Command } from './arguments.ts';
import { UsageError } from './usage-error.ts';

const none = { sets: [] };

test.each<[string, Command]>([
  ['run', { name: 'run', settings: none, role: 'all' }],
  ['run --role intake', { name: 'run', settings: none, role: 'intake' }],
  ['run --config f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] }, role: 'all' }],
  ['run --config=f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] }, role: 'all' }],
  ['run --config=-f', { name: 'run', settings: { configFile: '-f', sets: [] }, role: 'all' }],
  ['--config f.toml run', { name: 'run', settings: { configFile: 'f.toml', sets: [] }, role: 'all' }],
  ['run -c f.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] }, role: 'all' }],
  ['run -cf.toml', { name: 'run', settings: { configFile: 'f.toml', sets: [] }, role: 'all' }],
  ['run --set a=b --set c=d=e', { name: 'run', settings: { sets: ['a=b', 'c=d=e'] }, role: 'all' }],
  ['run --set=a=b', { name: 'run', settings: { sets: ['a=b'] }, role: 'all' }],
  ['check-config --set a=b', { name: 'check-config', settings: { sets: ['a=b'] } }],
  ['queue list', { name: 'queue list', settings: none, json: false }],
  ['queue list --json', { name: 'queue list', settings: none, json: true }],
  [
    'queue flush --config f',
    { name: 'queue flush', settings: { configFile: 'f', sets: [] }, destinations: [] },
  ],
  ['queue flush a.test b.test', { name: 'queue flush', settings: none, destinations: ['a.test', 'b.test'] }],
  ['queue release all', { name: 'queue release', settings: none, ids: ['all'] }],
  ['queue release 4a 4b', { name: 'queue release', settings: none, ids: ['4a', '4b'] }],
  ['queue delete 4a', { name: 'queue delete', settings: none, ids: ['4a'] }],
  ['queue export --live', { name: 'queue export', settings: none, live: true }],
  ['queue export', { name: 'queue export', settings: none, live: false }],
  ['queue import --set a=b', { name: 'queue import', settings: { sets: ['a=b'] } }],
  ['health --json', { name: 'health', settings: none, json: true }],
  ['help', { name: 'help' }],
  ['--help', { name: 'help' }],
  ['help help', { name: 'help' }],
  ['help queue', { name: 'help', topic: 'queue' }],
  ['help queue list', { name: 'help', topic: 'queue' }],
  ['queue flush --help', { name: 'help', topic: 'queue' }],
  ['run --help --json', { name: 'help', topic: 'run' }],
  ['-h', { name: 'help' }],
  ['queue -h', { name: 'help', topic: 'queue' }],
  ['--version', { name: 'version' }],
  ['-V', { name: 'version' }],
  ['--version run', { name: 'version' }],
])('parseArguments(): %s', (line, command) => {
  expect(parseArguments(line.split(' '))).toEqual(command);
});

describe('parseArguments(): what is not understood', () => {
  test.each([
    ['', 'A command is missing. See "dane-relay help".'],
    ['start', '"start" is no command. See "dane-relay help".'],
    ['rnu', '"rnu" is no command. Did you mean "run"?'],
    [
      'queue',
      'What about the queue? Did you mean "queue list" or "queue flush" or "queue release" or "queue delete" or "queue export" or "queue import" or "queue repair"?',
    ],
    [
      'queue show',
      '"queue show" is no command. Did you mean "queue list" or "queue flush" or "queue release" or "queue delete" or "queue export" or "queue import" or "queue repair"?',
    ],
    ['run now', '"now" is one word too many after "run". See "dane-relay help run".'],
    ['queue release', '"queue release" needs the id of a message. See "dane-relay help queue".'],
    ['queue delete all', '"queue delete" takes ids only, not "all". See "dane-relay help queue".'],
    ['queue list x', '"x" is one word too many after "queue list". See "dane-relay help queue".'],
    ['run --conifg f', '--conifg is no option. Did you mean "--config"?'],
    ['run -x f', '-x is no option. See "dane-relay help".'],
    ['run -c', '--config needs a value. See "dane-relay help".'],
    ['run -v', '-v is no option. Did you mean "-V"?'],
    ['-H', '-H is no option. Did you mean "-h"?'],
    ['run --frobnicate', '--frobnicate is no option. See "dane-relay help".'],
    ['run --json', '--json is no option of "run". See "dane-relay help run".'],
    ['queue flush --role all', '--role is no option of "queue flush". See "dane-relay help queue".'],
    ['run --config', '--config needs a value. See "dane-relay help".'],
    ['run --config=', '--config needs the name of a file. See "dane-relay help run".'],
    ['run --config --set a=b', '--config needs a value. See "dane-relay help".'],
    ['run --config a --config b', '--config is given 2 times; once is enough.'],
    ['health --json=yes', '--json takes no value. See "dane-relay help".'],
    ['run --role both', '--role is one of all, intake, delivery, not "both". See "dane-relay help run".'],
    ['help me', '"me" is no command. See "dane-relay help".'],
    ['help que', '"que" is no command. See "dane-relay help".'],
    ['run --no-json', '--no-json is no option. See "dane-relay help".'],
  ])('parseArguments(): %j', (line, message) => {
    const parse = (): Command => parseArguments(line === '' ? [] : line.split(' '));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  test('parseArguments(): is exit status 64', () => {
    expect(new UsageError('')).toMatchObject({ name: 'UsageError', code: 'USAGE', exitCode: 64 });
  });
});
