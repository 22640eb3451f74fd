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
} as const satisfies Record<string, Setting>;
