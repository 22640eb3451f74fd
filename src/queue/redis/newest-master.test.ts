import { describe, expect, it } from 'vitest';
import { newestMaster, type Word } from './newest-master.ts';

const sentinels = ['a', 'b', 'c'].map((host) => ({ host, port: 26379 }));
const address = { sentinels, name: 'm' };
const place = { host: 'a', port: 26379 };
const named = (host: string, epoch: number): Word => ({
  kind: 'master',
  place,
  master: { host, port: 6379, epoch },
});
const silent: Word = { kind: 'silent', place, why: 'Redis is not reachable: a: Connection refused' };
const stranger: Word = { kind: 'stranger', place, why: '' };
const known = { host: 'new', port: 6379, epoch: 5 };

describe('newestMaster()', () => {
  it('believes the word about the latest failover, whoever else has not heard of it', () => {
    expect(newestMaster([named('old', 4), named('new', 5), named('old', 4)], address, undefined)).toEqual(
      known,
    );
  });

  it('does not go back to a former master for a few, who may be cut off together with it', () => {
    expect(newestMaster([named('old', 4)], address, known)).toMatchObject({ isForGood: false });
    expect(newestMaster([named('old', 4), silent], address, known)).toHaveProperty('trouble');
    expect(newestMaster([named('old', 4), named('other', 3)], address, known)).toHaveProperty('trouble');
  });

  it('does not move to and fro where Sentinels give one master two names', () => {
    const before = { host: 'a.test', port: 6379, epoch: 5 };
    expect(newestMaster([named('192.0.2.1', 5), named('a.test', 5)], address, before)).toEqual(before);
    const words = [named('192.0.2.1', 5), named('a.test', 5), named('a.test', 5)];
    expect(newestMaster(words, address, undefined)).toEqual(before);
    // More of them count more than what was known before: one may have been asked in the middle of a failover.
    expect(newestMaster(words, address, { ...before, host: '192.0.2.1' })).toEqual(before);
  });

  it('goes back where most of all say so: they were set up anew', () => {
    expect(newestMaster([named('old', 0), named('old', 0)], address, known)).toMatchObject({ host: 'old' });
  });

  it('stays where one alone answers, if it knows as much', () => {
    expect(newestMaster([silent, named('new', 5), silent], address, known)).toEqual(known);
  });

  it('tells an unknown name, which only the operator can mend, from silence', () => {
    expect(newestMaster([stranger, stranger, stranger], address, undefined)).toEqual({
      trouble: 'no Sentinel knows a master with the name m',
      isForGood: true,
    });
    expect(newestMaster([stranger, silent], address, undefined)).toEqual({
      trouble: 'Redis is not reachable: no Sentinel tells where it is (a:26379: a: Connection refused)',
      isForGood: false,
    });
  });
});
