import { expect, it } from 'vitest';
import { requireTlsMissed, tlsMissed, tlsReached, withRequireTls } from './tls-status.ts';

it.each([
  [tlsReached('dane', 'dane'), 'dane'],
  [tlsReached('half-dane', 'half-dane'), 'halfdane'],
  [tlsReached('may', 'none'), 'may:none'],
  [tlsReached('dane', 'encrypt'), 'dane:encrypt'],
  [tlsMissed('dane', 'certificate'), '!dane'],
  [tlsMissed('dane-only', 'not offered'), '!dane-only'],
  [tlsMissed('encrypt', 'refused'), '!encrypt'],
  [tlsMissed('dane', 'handshake'), 'dane?'],
  [tlsMissed('may', undefined), 'may?'],
  [tlsMissed('dane', 'no REQUIRETLS'), 'dane'],
  [withRequireTls('dane', 'requiretls'), 'dane/requiretls'],
  [withRequireTls('may:none', 'nostarttls'), 'may:none/!requiretls:nostarttls'],
  [requireTlsMissed('dane', 'no REQUIRETLS'), 'dane/!requiretls:none'],
  [requireTlsMissed('unknown?', 'not authenticated'), 'unknown?/!requiretls:nocertmatch'],
])('%s', (status, text) => {
  expect(status).toBe(text);
});
