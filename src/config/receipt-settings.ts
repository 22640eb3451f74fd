import { choice, duration, filePath, size } from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `receipts`: signed records of what became of a message (docs/receipts.md). */
export const receiptSettings = {
  'receipts.key_file': {
    kind: filePath,
    default: '',
    doc: `Private key of Ed25519 (PEM) that signs receipts, as "dane-relay receipt key" makes it. It is read at the start. \
Empty: receipt.key in data_dir, if it is there. Without a key there are no receipts.`,
  },
  'receipts.for': {
    kind: choice(['asked', 'all']),
    default: 'asked',
    doc: `Which mail gets receipts. asked: messages with a field Dane-Receipt in their header. all: every message; each \
receipt is some kilobytes.`,
  },
  'receipts.keep': {
    kind: duration('1m', '3650d'),
    default: '90d',
    doc: `How long receipts are kept for "dane-relay receipt show".`,
  },
  'receipts.size_limit': {
    kind: size('1MiB', '64GiB'),
    default: '64MiB',
    doc: `How much of the memory of Redis receipts may take. Those of the oldest messages are forgotten first.`,
  },
} as const satisfies Record<string, Setting>;
