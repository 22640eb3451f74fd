import type { Claim } from '../../src/core/delivery/claim.ts';

/** What a mail has that nobody else wants and nothing is in doubt of. */
export const ownMail: Pick<Claim, 'inDoubt' | 'intent' | 'heard'> = {
  inDoubt: [],
  intent: () => ({ record: async () => true, holds: () => true }),
  heard: () => {},
};
