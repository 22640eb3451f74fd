import { toALabels } from '../../core/mail/address.ts';

/** A name that an operator copies may end with a dot, or have letters outside ASCII. */
export function normalised(name: string): string {
  const at = name.lastIndexOf('@') + 1;
  const domain = name.slice(at).replace(/\.$/, '');
  return name.slice(0, at).toLowerCase() + (toALabels(domain) ?? domain.toLowerCase());
}
