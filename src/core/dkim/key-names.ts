import { toALabels } from '../mail/address.ts';

const label = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/** A selector (RFC 6376 §3.1) in lower case; undefined if it is none. */
export function parseSelector(text: string): string | undefined {
  const selector = text.toLowerCase();
  if (selector.length > 200) return undefined;
  return selector.split('.').every((one) => one.length <= 63 && label.test(one)) ? selector : undefined;
}

/** A domain that may sign, in A-labels; undefined if it is none. */
export function parseSigningDomain(text: string): string | undefined {
  const domain = toALabels(text.replace(/\.$/, ''));
  return domain?.includes('.') === true ? domain : undefined;
}
