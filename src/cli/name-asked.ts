import { toALabels } from '../core/mail/address.ts';

/** The name of a domain, or a next hop, as it is stored, of what somebody typed. */
export function nameAsked(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  return toALabels(name) ?? name;
}
