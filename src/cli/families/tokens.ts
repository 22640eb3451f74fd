import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const tokensCommands = {
  'token add': {
    summary: 'make a token for submission over HTTP, and show it once',
    text: [
      `Programs show the token with each request (docs/http.md). Its hash is kept in http.tokens, and the token itself \
nowhere. A running relay knows it within a second.`,
    ],
    operands: { usage: '<NAME>', one: 'a name', text: 'How the log calls the holder of the token.' },
    options: [...settings, 'sender', 'rate', 'size'],
    example: 'dane-relay token add shop --sender @example.org --rate 60',
  },
  'token remove': {
    summary: 'remove tokens',
    text: ['A running relay takes no more requests with them.', 'The exit status is 75 if one is not there.'],
    operands: { usage: '<NAME...>', one: 'the name of a token', text: 'The name of a token.' },
    options: settings,
    example: 'dane-relay token remove shop',
  },
  'token list': {
    summary: 'show who has a token, and what for',
    text: [],
    options: [...settings, 'json'],
    example: 'dane-relay token list',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const tokensGroup = {
  token: {
    text: 'These commands say which programs may submit mail over HTTP (docs/http.md).',
    example: 'dane-relay help token add',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
