import type { Mail } from '../../src/delivery/ports.ts';

/** What a mail has that nobody else wants and nothing is in doubt of. */
export const ownMail: Pick<Mail, 'inDoubt' | 'intent' | 'heard'> = {
  inDoubt: [],
  intent: () => ({ record: async () => true, holds: () => true }),
  heard: () => {},
};
