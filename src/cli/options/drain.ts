import type { OptionRow } from './row.ts';

/** Options of `queue drain`. */
export const drainOptions = {
  to: {
    value: 'URL',
    text: `The Redis of the other queue, as redis.url has it: redis://, rediss://, unix:///path or sentinel://. Without it that of the \
environment variable DANE_RELAY_DRAIN_TO, which keeps a password from other users of this machine.`,
  },
  'to-file': { value: 'FILE', text: 'Reads that URL from the first line of FILE.' },
  'to-prefix': { value: 'NAME', text: 'The redis.prefix of the other queue. Without it that of this one.' },
  limit: { value: 'NUMBER', text: 'Moves so many messages at most.' },
  wait: {
    value: 'TIME',
    text: 'How long deliveries under way are waited for, such as "5m". Without it one minute; "0s" leaves them.',
  },
  replicas: {
    value: 'NUMBER',
    text: 'Replicas of the other Redis that must have a message before this queue lets it go. Without it one, where there are any.',
  },
  exceptions: {
    value: 'WHAT',
    choices: ['copy', 'leave'],
    text: 'Copies exceptions ("dane-relay except") that the other queue has not, or leaves them. Without it nothing is moved while there are any.',
  },
  'stop-intake': {
    text: 'The relays of this queue take no more mail, and all of it is moved. It stays so until --open-intake.',
  },
  'open-intake': { text: 'The relays of this queue take mail again. Nothing is moved.' },
  'take-back': {
    text: `For another queue that is lost for good: messages that had left for it, and may be there, are placed on hold here. \
Nothing is moved.`,
  },
  'dry-run': { text: 'Counts what would be moved.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
