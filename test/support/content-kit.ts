import type { Content } from '../../src/intake/content.ts';

type Own = ConstructorParameters<typeof Content>[0];
type Limits = ConstructorParameters<typeof Content>[1];

/** What a relay puts in front of a message, and into it where the client left it out. */
export const ownHeader: Own = {
  received: 'Received: us\r\n',
  date: 'now',
  messageId: '<new@relay.example>',
  from: 's@x.example',
};

/** Of content that no test means to exceed. */
export const wideLimits: Limits = {
  messageSizeLimitBytes: 1_000_000,
  hopcountLimit: 50,
  headerLimitBytes: 1_000_000,
  bareNewline: 'reject',
  messageDropHeaders: new Set<string>(),
};
