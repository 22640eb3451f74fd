import { expect, test } from 'vitest';
import {
  choice,
  choices,
  cipherWords,
  digestOrder,
  dnssecProbe,
  duration,
  filePath,
  fingerprints,
  flag,
  heloName,
  hostName,
  integer,
  listenAddresses,
  mailbox,
  matchWords,
  networks,
  nextHop,
  percent,
  redisUrl,
  resolverAddresses,
  serverName,
  size,
  text,
  tlsProtocols,
  type Kind,
} from './kinds.ts';

const accepted: [string, Kind<unknown>, string[], unknown][] = [
  ['flag', flag, ['true'], true],
  ['flag', flag, ['false'], false],
  ['integer(0, 5)', integer(0, 5), ['0'], 0],
  ['integer(0, 5)', integer(0, 5), ['5'], 5],
  ['duration("1s", "1m")', duration('1s', '1m'), ['60s'], 60_000],
  ['size("1B", "1KB")', size('1B', '1KB'), ['1000B'], 1000],
  ['percent("1%", "99%")', percent('1%', '99%'), ['80%'], 80],
  ['choice()', choice(['a', 'b']), ['b'], 'b'],
  ['choices()', choices(['a', 'b']), ['b', 'a'], ['b', 'a']],
  ['mailbox', mailbox, ['Postmaster@Example.ORG'], 'Postmaster@example.org'],
  ['text()', text('letters', /^[a-z]+$/), ['abc'], 'abc'],
  ['hostName', hostName, [''], ''],
  ['hostName', hostName, ['mail.example.org'], 'mail.example.org'],
  ['heloName', heloName, ['[192.0.2.1]'], '[192.0.2.1]'],
  ['heloName', heloName, ['[IPv6:2001:db8::1]'], '[IPv6:2001:db8::1]'],
  ['filePath', filePath, ['/etc/x y'], '/etc/x y'],
  ['redisUrl', redisUrl, [''], ''],
  ['redisUrl', redisUrl, ['redis://h'], 'redis://h'],
  ['dnssecProbe', dnssecProbe, [''], undefined],
  ['dnssecProbe', dnssecProbe, ['ns:.'], { type: 'NS', name: '.' }],
  ['tlsProtocols', tlsProtocols, ['>=TLSv1.2'], ['TLSv1.2', 'TLSv1.3']],
  ['serverName', serverName, [''], ''],
  ['serverName', serverName, ['NextHop'], 'nexthop'],
  ['serverName', serverName, ['Mail.example.org'], 'mail.example.org'],
  ['nextHop', nextHop, [''], undefined],
  [
    'nextHop',
    nextHop,
    ['[r.test]:587'],
    { nextHop: '[r.test]:587', kind: 'host', host: 'r.test', port: 587 },
  ],
  ['matchWords', matchWords, ['nexthop', '.Example.org'], ['nexthop', '.example.org']],
  ['cipherWords', cipherWords, ['aNULL', 'AES128-SHA'], ['aNULL', 'AES128-SHA']],
  ['fingerprints', fingerprints, ['AB:cd', 'abcd'], ['AB:cd', 'abcd']],
  ['listenAddresses', listenAddresses, [], []],
  [
    'listenAddresses',
    listenAddresses,
    ['[::1]:25', 'localhost:26'],
    [
      { host: '::1', port: 25 },
      { host: 'localhost', port: 26 },
    ],
  ],
  ['resolverAddresses', resolverAddresses, ['127.0.0.1'], [{ host: '127.0.0.1', port: 53 }]],
  ['digestOrder', digestOrder, ['sha256', 'SHA512=2'], ['sha256', 'sha512']],
  ['networks', networks, ['::1'], [{ address: '::1', prefix: 128, family: 'ipv6' }]],
];

test.each(accepted)('%s: accepts %j %j', (_, kind, words, value) => {
  expect(kind.read(words)).toEqual({ value });
});

const refused: [string, Kind<unknown>, string[], number[], string][] = [
  ['flag', flag, ['yes'], [0], ''],
  ['integer(0, 5)', integer(0, 5), ['6'], [0], ''],
  ['integer(0, 5)', integer(0, 5), ['-1'], [0], ''],
  ['integer(0, 5)', integer(0, 5), ['0x1'], [0], ''],
  ['integer(0, 5)', integer(0, 5), [''], [0], ''],
  ['duration("1s", "1m")', duration('1s', '1m'), ['61s'], [0], ''],
  ['duration("1s", "1m")', duration('1s', '1m'), ['0s'], [0], ''],
  ['duration("1s", "1m")', duration('1s', '1m'), ['30'], [0], 'no unit'],
  ['size("1B", "1KB")', size('1B', '1KB'), ['1KiB'], [0], ''],
  ['choice()', choice(['a', 'b']), ['A'], [0], ''],
  ['choices()', choices(['a', 'b']), ['a', 'c', 'b'], [1], ''],
  ['mailbox', mailbox, ['postmaster'], [0], ''],
  ['text()', text('letters', /^[a-z]+$/), ['a1'], [0], ''],
  ['hostName', hostName, ['[192.0.2.1]'], [0], ''],
  ['heloName', heloName, ['[mail]'], [0], ''],
  ['redisUrl', redisUrl, ['h:6379'], [0], ''],
  ['dnssecProbe', dnssecProbe, ['.'], [0], ''],
  ['tlsProtocols', tlsProtocols, ['>=TLSv9'], [0], ''],
  ['serverName', serverName, ['a b'], [0], ''],
  ['nextHop', nextHop, ['[r.test]:0'], [0], ''],
  ['matchWords', matchWords, ['nexthop', '*.example.org'], [1], ''],
  ['cipherWords', cipherWords, ['@SECLEVEL=0', 'RC4'], [0], ''],
  ['fingerprints', fingerprints, ['ABC', 'AB:', 'AB'], [0, 1], ''],
  ['digestOrder', digestOrder, ['sha256', 'sha384', 'sha512=1'], [1, 2], ''],
  ['listenAddresses', listenAddresses, ['h:1', 'h', '127.0.0.1'], [1, 2], 'no port'],
  ['networks', networks, ['::1', '::1/8'], [1], 'not the start of a block; perhaps ::/8'],
];

test.each(refused)('%s: refuses %j %j', (_, kind, words, indexes, complaint) => {
  const reading = kind.read(words);
  const rejected = 'rejected' in reading ? reading.rejected : [];
  expect(rejected.map(({ index }) => index)).toEqual(indexes);
  expect(rejected.at(-1)?.complaint).toBe(complaint);
});
