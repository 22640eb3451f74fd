import { filterNames } from '../../config/queue-filter.ts';
import type { OptionName } from './options.ts';

/** The options that say which deliveries are meant. */
export const filterOptions: readonly OptionName[] = filterNames;

/** What the option of another command says otherwise. */
export const filterTexts = {
  sender: 'Only messages of this sender: an address, a domain, or "<>" for reports of mail hosts.',
} as const;
