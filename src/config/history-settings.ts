import { duration, size } from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `history`: what "dane-relay explain" knows of past attempts (docs/explain.md). */
export const historySettings = {
  'history.keep': {
    kind: duration('0s', '100d'),
    default: '7d',
    doc: `How long it is known what became of an attempt to deliver, so that "dane-relay explain" can tell, also of \
messages that left the queue. 0s: nothing is kept. Addresses are among what is kept; content and passwords are not.`,
  },
  'history.size_limit': {
    kind: size('1MiB', '64GiB'),
    default: '64MiB',
    doc: `How much of the memory of Redis that may take. Half of it is for the outcomes of attempts, about 550 octets \
each, half for the evidence of those that failed, up to 100 KB each. The oldest is forgotten first.`,
  },
} as const satisfies Record<string, Setting>;
