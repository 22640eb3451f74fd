import { describe, expect, it } from 'vitest';
import { unsafeBecause } from './safety.ts';

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
  ])('names %s', (word, difference) => {
    const reasons = unsafeBecause({ ...safe, ...difference });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(word);
  });

  it('does not take silence for consent', () => {
    expect(unsafeBecause({ role: 'master' })).toHaveLength(5);
  });
});
