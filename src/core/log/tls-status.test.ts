import { expect, it } from 'vitest';
import { tlsMissed, tlsReached } from './tls-status.ts';

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
])('%s', (status, text) => {
  expect(status).toBe(text);
});
