import { expect, test } from 'vitest';
import { judgeCase } from './judge-case.ts';

const verified = { outcome: 'delivered', mails: 1, mayBeInClear: false } as const;
const unprotected = { outcome: 'delivered', mails: 1, mayBeInClear: true } as const;
const refused = { outcome: 'waits', mails: 0, mayBeInClear: false } as const;
const returned = { outcome: 'returned', mails: 0, mayBeInClear: false } as const;
const knownDifference = { ...refused, knownDifference: 'another library takes it' } as const;
const came = { mails: 1, astray: 0, inClear: false } as const;
const nothing = { mails: 0, astray: 0, inClear: false } as const;

test.each([
  ['it came', verified, { outcome: 'delivered', ...came }, 'as expected'],
  ['it came in clear', verified, { outcome: 'delivered', ...came, inClear: true }, 'UNSAFE'],
  ['nobody has it', verified, { outcome: 'delivered', ...nothing }, 'not seen'],
  ['it came twice', verified, { outcome: 'delivered', ...came, mails: 2 }, 'more than once'],
  [
    'it came twice, once in clear',
    verified,
    { outcome: 'delivered', mails: 2, astray: 0, inClear: true },
    'UNSAFE',
  ],
  ['another host has it', verified, { outcome: 'delivered', ...nothing, astray: 1 }, 'UNSAFE'],
  ['another host has it, too', verified, { outcome: 'delivered', ...came, astray: 1 }, 'UNSAFE'],
  ['it waits', verified, { outcome: 'waits', ...nothing }, 'not delivered'],
  ['it was refused', verified, { outcome: 'refused', ...nothing }, 'not delivered'],
  ['it came and waits', verified, { outcome: 'waits', ...came }, 'other outcome'],
  ['without DANE it came over TLS', unprotected, { outcome: 'delivered', ...came }, 'as expected'],
  [
    'without DANE it came in clear',
    unprotected,
    { outcome: 'delivered', ...came, inClear: true },
    'in clear',
  ],
  ['it must wait and waits', refused, { outcome: 'waits', ...nothing }, 'as expected'],
  ['it must wait and came', refused, { outcome: 'delivered', ...nothing, astray: 1 }, 'UNSAFE'],
  ['it must wait, says so, and came', refused, { outcome: 'waits', ...nothing, astray: 1 }, 'UNSAFE'],
  ['it must wait and is delivered somewhere', refused, { outcome: 'delivered', ...nothing }, 'UNSAFE'],
  ['it must wait and comes back', refused, { outcome: 'returned', ...nothing }, 'other outcome'],
  [
    'known to be taken elsewhere, and waits',
    knownDifference,
    { outcome: 'waits', ...nothing },
    'as expected',
  ],
  [
    'known to be taken elsewhere, and came',
    knownDifference,
    { outcome: 'delivered', ...nothing, astray: 1 },
    'known difference',
  ],
  [
    'known to be taken elsewhere, and came in clear',
    knownDifference,
    { outcome: 'delivered', mails: 0, astray: 1, inClear: true },
    'UNSAFE',
  ],
  ['it must come back and does', returned, { outcome: 'returned', ...nothing }, 'as expected'],
  ['it must come back and waits', returned, { outcome: 'waits', ...nothing }, 'other outcome'],
] as const)('judgeCase(): %s', (_, wanted, played, verdict) => {
  expect(judgeCase(wanted, played)).toBe(verdict);
});
