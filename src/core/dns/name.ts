/** RFC 1035 §3.1: 255 octets on the wire are 253 characters of text without the final dot. */
const maxNameLength = 253;

/** RFC 5321 §4.1.2 `sub-domain`, and the underscore of service labels (RFC 6698 §3). RFC 1035 §3.1: 63 octets. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Text to a domain name: lower case, without the final dot. Anything else than letters, digits, hyphens inside a
 * label and underscores is refused (`undefined`), and so are the root and an internationalised name that is not
 * yet in its A-label form.
 */
export function parseDomainName(text: string): string | undefined {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  if (bare.length === 0 || bare.length > maxNameLength) return undefined;
  const name = bare.toLowerCase();
  // Some letters outside ASCII become ASCII in lower case (U+212A KELVIN SIGN is `k`), and none of them may.
  if (name !== bare && !/^[A-Za-z0-9_.-]+$/.test(bare)) return undefined;
  return name.split('.').every((part) => label.test(part)) ? name : undefined;
}

/** `parseDomainName`, and the root as `.`: for names inside DNS, where the root is a name like any other. */
export function parseOwnerName(text: string): string | undefined {
  return text === '.' ? text : parseDomainName(text);
}

/** Whether `name` is `ancestor` or lies below it; both in the form of `parseOwnerName`. */
export function isAtOrBelow(name: string, ancestor: string): boolean {
  return ancestor === '.' || name === ancestor || name.endsWith(`.${ancestor}`);
}

/**
 * RFC 6672 §2.2: the name that a DNAME at `owner` makes of a `name` below it, or `undefined` where the DNAME does
 * not apply (its own owner included) or the result is longer than a name can be.
 */
export function substituteDname(name: string, owner: string, target: string): string | undefined {
  if (name === owner || !isAtOrBelow(name, owner)) return undefined;
  const prefix = owner === '.' ? name : name.slice(0, -owner.length - 1);
  return parseDomainName(target === '.' ? prefix : `${prefix}.${target}`);
}
