import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asQueueError, QueueError } from './queue-error.ts';
import { isAbsence, isSilence, redisWords } from './redis-words.ts';

const coded = (message: string, more: object): Error => Object.assign(new Error(message), more);

describe('redisWords()', () => {
  test.each<[Error, string]>([
    [
      coded('connect ECONNREFUSED 127.0.0.1:6379', {
        code: 'ECONNREFUSED',
        address: '127.0.0.1',
        port: 6379,
      }),
      'Redis is not reachable: 127.0.0.1:6379: Connection refused',
    ],
    [
      coded('connect ECONNREFUSED ::1:6379', { code: 'ECONNREFUSED', address: '::1', port: 6379 }),
      'Redis is not reachable: [::1]:6379: Connection refused',
    ],
    [
      coded('connect ENOENT /run/redis.sock', { code: 'ENOENT', address: '/run/redis.sock' }),
      'Redis is not reachable: /run/redis.sock: no such socket',
    ],
    [
      coded('getaddrinfo ENOTFOUND redis.test', { code: 'ENOTFOUND', hostname: 'redis.test' }),
      'Redis is not reachable: redis.test: no such host',
    ],
    [coded('connect ETIMEDOUT', { code: 'ETIMEDOUT' }), 'Redis is not reachable: Connection timed out'],
    [
      new AggregateError([coded('x', { code: 'ECONNREFUSED', address: '::1', port: 1 })]),
      'Redis is not reachable: [::1]:1: Connection refused',
    ],
    [new Error('Unknown RESP type 72 "H". Please report this.'), 'what answers is no Redis'],
    [new Error('self-signed certificate'), 'Redis: self-signed certificate'],
    [new Error('MISCONF Errors writing to the AOF file'), 'Redis: MISCONF Errors writing to the AOF file'],
  ])('%s', (error, words) => {
    expect(redisWords(error)).toBe(words);
    expect(asQueueError(error).message).toBe(words);
  });

  /** Of those that the library throws, these cannot come of what we do: they are about calls that we do not make. */
  const impossible = [
    // TypeScript's own, of private names.
    'Private ',
    'Cannot write private member',
    'Cannot read private member',
    'All the keys in a pipeline command',
    'All keys in the pipeline',
    'Redis is already connecting',
    'Connection in subscriber mode',
    'Invalid argument',
    'The "resp3" replyMapping',
    'Pipeline cannot be used',
    'Connection is in monitoring mode',
    '"sendCommand" is not implemented',
    'timeout',
  ];

  test('has words of ours for everything that the library says of itself', () => {
    const directory = join(import.meta.dirname, '../../../node_modules/ioredis/built');
    const sources = ['.', 'redis', 'utils', 'errors', 'connectors', 'resp']
      .flatMap((folder) => readdirSync(join(directory, folder)).map((name) => join(directory, folder, name)))
      .filter((name) => name.endsWith('.js') && !/luster|entinel/.test(name));
    const said = sources.flatMap((name) =>
      [
        ...readFileSync(name, 'utf8')
          .replaceAll(/^ \*.*$/gm, '')
          .matchAll(/(?:new (?:\w+\.)?\w*Error\(|message = )(["'`])(.{5,}?)\1/g),
      ].map(([, , message = '']) => message),
    );
    expect(said).toContain("Stream isn't writeable and enableOfflineQueue options is false");
    expect(said).toContain('Command aborted due to connection close');
    const ours = said.filter((message) => !impossible.some((start) => message.startsWith(start)));
    const untold = ours.filter((message) => redisWords(new Error(message)).includes(message));
    // The one that has a code, and so words of its own.
    expect(untold).toEqual(['connect ETIMEDOUT']);
    expect(redisWords(new Error('Reached the max retries per request limit (which is 0).'))).toBe(
      'Redis is not reachable',
    );
  });
});

test('isSilence(): of what was translated, too', () => {
  expect(isSilence(new Error('Command timed out'))).toBe(true);
  expect(isSilence(asQueueError(new Error('Command timed out')))).toBe(true);
  expect(isSilence(new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable'))).toBe(false);
});

test.each<[Error, boolean]>([
  [coded('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED' }), true],
  [asQueueError(coded('connect ENOENT /x', { code: 'ENOENT' })), true],
  [new Error('Command timed out'), true],
  [new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable'), true],
  [coded('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), false],
  [asQueueError(new Error('WRONGPASS invalid username-password pair')), false],
  [new QueueError('QUEUE_UNSAFE', 'this Redis can lose accepted mail'), false],
])('isAbsence(): %s: %s', (error, expected) => {
  expect(isAbsence(error)).toBe(expected);
});
