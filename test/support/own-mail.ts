import type { Mail } from '../../src/delivery/ports.ts';

/** What a mail has that nobody else wants and nothing is in doubt of. */
export const ownMail: Pick<Mail, 'inDoubt' | 'leave' | 'heard'> = {
  inDoubt: [],
  leave: () => ({ ask: async () => true, good: () => true }),
  heard: () => {},
};
