import type { OptionName } from './options.ts';

/** The options that say which deliveries are meant. */
export const filterOptions = [
  'older',
  'younger',
  'sender',
  'recipient',
  'destination',
  'reason',
  'larger',
  'smaller',
  'state',
] as const satisfies readonly OptionName[];

/** What the option of another command says otherwise. */
export const filterTexts = {
  sender: 'Only messages of this sender: an address, a domain, or "<>" for reports of mail hosts.',
} as const;
