import { describe, expect, it } from 'vitest';
import { FilterError, parseQueueFilter, type FilterTexts } from './queue-filter.ts';

describe('parseQueueFilter()', () => {
  it.each<[FilterTexts, unknown]>([
    [{}, undefined],
    [{ older: [], state: [] }, undefined],
    [
      { older: ['2h'], younger: ['3d'] },
      { arrivedBefore: 1_000_000_000 - 7_200_000, arrivedAfter: 1_000_000_000 - 259_200_000 },
    ],
    [{ sender: ['<>', 'a@b.test'] }, { senders: ['<>', 'a@b.test'] }],
    [{ recipient: ['.b.test'] }, { recipients: ['.b.test'] }],
    [
      { destination: ['x.test'], reason: ['no MX'] },
      { destination: 'x.test', reason: 'no MX' },
    ],
    [
      { larger: ['1MiB'], smaller: ['2KB'] },
      { smallest: 1_048_576, largest: 2_000 },
    ],
    [{ state: ['hold', 'held'] }, { states: ['hold', 'held'] }],
  ])('%j', (texts, filter) => {
    expect(parseQueueFilter(texts, 1_000_000_000)).toEqual(filter);
  });

  it.each<[FilterTexts, string]>([
    [{ older: ['2'] }, 'older is a whole number and ms, s, m, h or d, not "2"'],
    [{ larger: ['big'] }, 'larger is a whole number and B, KB, MB, GB, KiB, MiB or GiB, not "big"'],
    [{ state: ['lost'] }, 'state is one of incoming, active, deferred, hold, held, not "lost"'],
    [{ reason: [''] }, 'reason is 1 to 500 characters, not ""'],
    [{ sender: ['x'.repeat(501)] }, 'sender is 1 to 500 characters, not "xxx'],
    [{ recipient: Array.from({ length: 101 }, () => 'x') }, 'recipient is at most 100 texts'],
  ])('%j makes no sense', (texts, message) => {
    const parse = () => parseQueueFilter(texts, 0);
    expect(parse).toThrow(FilterError);
    expect(parse).toThrow(message);
  });
});
