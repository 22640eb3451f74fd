import { roles } from '../../config/role.ts';
import type { OptionRow } from './row.ts';

/** Options of a running relay. */
export const relayOptions = {
  role: {
    value: 'ROLE',
    choices: roles,
    text: '"all" accepts and delivers mail (the default), "intake" only accepts, "delivery" only delivers.',
  },
  ready: { text: 'Asks only whether mail is taken now.' },
  alive: { text: 'Asks only whether the relay answers.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
