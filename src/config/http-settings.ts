import { duration, filePath, httpAddresses, integer, size } from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `http`: submission over HTTP (docs/http.md). */
export const httpSettings = {
  'http.listen': {
    kind: httpAddresses,
    default: [],
    doc: `Addresses on the loopback interface, or unix sockets ("unix:/run/dane-relay/http.sock"), on which programs \
hand over mail over HTTP (docs/http.md). Empty: none. A client needs a token ("dane-relay token add").`,
  },
  'http.tokens': {
    kind: filePath,
    default: '',
    doc: `File with the tokens, which "dane-relay token add" and "token remove" write. The relay sees a change within \
a second. Empty: http-tokens in data_dir.`,
  },
  'http.client_limit': {
    kind: integer(1, 10_000),
    default: 100,
    doc: `Connections at the same time. Further ones are closed at once. One address has half of them at most, unless \
it is of this machine.`,
  },
  'http.request_timeout': {
    kind: duration('1s', '1h'),
    default: '2m',
    doc: 'How long a request may take to arrive, with its body.',
  },
  'http.json_size_limit': {
    kind: size('1KB', '25MiB'),
    default: '10MiB',
    doc: `Largest request in JSON. Larger messages may come as message/rfc822, up to intake.message_size_limit. While \
it is read, a request in JSON takes three times its size of intake.memory_limit.`,
  },
  'http.history_time': {
    kind: duration('1h', '100d'),
    default: '7d',
    doc: `How long a program can ask what became of its message, after the last attempt to deliver it. A key that keeps \
a request from being carried out twice is good for a day, or for this if it is less.`,
  },
  'http.history_limit': {
    kind: integer(100, 10_000_000),
    default: 100_000,
    doc: `Recipients, of all messages together, of which that is known. The oldest messages are forgotten first. A \
recipient takes about 500 octets of Redis.`,
  },
  'http.webhooks': {
    kind: filePath,
    default: '',
    doc: `File with [[webhook]] tables: who is told over HTTP what becomes of messages (docs/http.md). It holds secrets: \
let nobody but the relay read it. Empty: nobody is told.`,
  },
  'http.webhook_queue_limit': {
    kind: integer(1, 1_000_000),
    default: 10_000,
    doc: `Events that may wait for one webhook. Further ones are dropped, and the log says how many. An event takes about \
1 KiB of Redis.`,
  },
} as const satisfies Record<string, Setting>;
