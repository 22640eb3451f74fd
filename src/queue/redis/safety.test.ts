import { describe, expect, it } from 'vitest';
import { takenOnWord, unsafeBecause } from './safety.ts';

const safe = {
  appendonly: 'yes',
  appendfsync: 'always',
  noAppendfsyncOnRewrite: 'no',
  maxmemoryPolicy: 'noeviction',
  role: 'master',
  version: '7.0.15',
};

describe('unsafeBecause()', () => {
  it('has nothing to say about a Redis that syncs before it answers', () => {
    expect(unsafeBecause(safe)).toEqual([]);
  });

  it.each([
    ['appendonly', { appendonly: 'no' }],
    ['appendfsync', { appendfsync: 'everysec' }],
    ['no-appendfsync-on-rewrite', { noAppendfsyncOnRewrite: 'yes' }],
    ['maxmemory-policy', { maxmemoryPolicy: 'allkeys-lru' }],
    ['replica', { role: 'slave' }],
    ['version', { version: '6.2.7' }],
    ['version', { version: 'unreadable' }],
  ])('names %s', (word, difference) => {
    const reasons = unsafeBecause({ ...safe, ...difference });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(word);
  });

  it('does not take silence for consent', () => {
    expect(unsafeBecause({ role: 'master' })).toHaveLength(5);
  });

  it('takes the word of the operator for what it is not told, and for nothing else', () => {
    const told = {
      noAppendfsyncOnRewrite: 'no',
      maxmemoryPolicy: 'noeviction',
      role: 'master',
      version: '7.2.4',
    };
    expect(unsafeBecause(told, ['appendonly'])).toEqual([
      expect.stringContaining('appendfsync is not readable'),
    ]);
    expect(unsafeBecause(told, ['appendonly', 'appendfsync'])).toEqual([]);
    expect(takenOnWord(told, ['appendonly', 'appendfsync', 'version'])).toEqual([
      'appendonly',
      'appendfsync',
    ]);
  });

  it('believes what is measured more than what is claimed', () => {
    expect(unsafeBecause({ ...safe, appendfsync: 'everysec' }, ['appendfsync'])).toEqual([
      expect.stringContaining('"everysec", whatever redis.confirmed says'),
    ]);
    expect(takenOnWord(safe, ['appendfsync'])).toEqual([]);
  });
});
