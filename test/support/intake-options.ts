import { plainListener } from '../../src/core/intake/listener.ts';
import type { IntakeOptions } from '../../src/intake/intake-options.ts';

/** Limits that are in nobody's way. */
export const intakeOptions: IntakeOptions = {
  listeners: [{ at: { kind: 'tcp', host: '127.0.0.1', port: 0 }, rules: plainListener('test') }],
  upstreamProxyTimeoutMs: 60_000,
  hostname: 'relay.example',
  networks: ['127.0.0.1/32'],
  bareNewline: 'normalize',
  messageDropHeaders: new Set(['bcc', 'content-length', 'resent-bcc', 'return-path']),
  messageSizeLimitBytes: 1_000_000,
  recipientLimit: 10,
  recipientOvershootLimit: 1000,
  memoryLimitBytes: 1_000_000_000,
  clientLimit: 10,
  clientConnectionCountLimit: 0,
  clientConnectionRateLimit: 0,
  clientMessageRateLimit: 0,
  clientRecipientRateLimit: 0,
  clientEventLimitExceptions: [],
  anvilRateTimeUnitMs: 60_000,
  timeoutMs: 60_000,
  stressTimeoutMs: 60_000,
  minDataRateBytes: 1,
  softErrorLimit: 10,
  hardErrorLimit: 20,
  errorSleepTimeMs: 1,
  junkCommandLimit: 100,
  forbidUnauthPipelining: true,
  headerLimitBytes: 1_000_000,
  hopcountLimit: 50,
};
