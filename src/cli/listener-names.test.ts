import { describe, expect, test } from 'vitest';
import { listenerNames, shownNames } from './listener-names.ts';
import { UsageError } from './usage-error.ts';

const interfaces = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.0.2.25' }, { address: '2001:db8::25' }, { address: 'fe80::1' }],
};
const local = { names: ['relay.example.org', 'localhost'], addresses: ['127.0.0.1', '::1'] };

describe('listenerNames()', () => {
  test.each<[string, string[], string[], typeof local]>([
    ['a relay for this machine alone', ['127.0.0.1'], [], local],
    [
      'a listener on an address',
      ['192.0.2.7'],
      [],
      { ...local, addresses: [...local.addresses, '192.0.2.7'] },
    ],
    ['a listener on a name', ['MX.example.org'], [], { ...local, names: [...local.names, 'mx.example.org'] }],
    [
      'a listener on all addresses',
      ['0.0.0.0', '::'],
      [],
      { ...local, addresses: [...local.addresses, '192.0.2.25', '2001:db8::25'] },
    ],
    [
      'what the operator adds, each once',
      ['127.0.0.1'],
      ['smtp.example.org', 'localhost', '::ffff:192.0.2.9', '192.0.2.9'],
      { names: [...local.names, 'smtp.example.org'], addresses: [...local.addresses, '192.0.2.9'] },
    ],
  ])('%s', (_, hosts, more, expected) => {
    expect(listenerNames('relay.example.org', hosts, more, interfaces)).toEqual(expected);
  });
});

test('shownNames() has names in A-labels', () => {
  expect(shownNames(['Bücher.example'])).toEqual({ names: ['xn--bcher-kva.example'], addresses: [] });
});

test.each(['', 'a b', '192.0.2.0/24', 'a_b.example', '1.2.3', '-a.example', 'a..b', '*.example.org'])(
  'shownNames() refuses %j',
  (word) => {
    expect(() => shownNames([word])).toThrow(UsageError);
  },
);
