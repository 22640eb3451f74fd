import { Utf8String } from 'asn1js';
import { AttributeTypeAndValue, RelativeDistinguishedNames } from 'pkijs';

/** ub-common-name (RFC 5280 appendix A). */
const longestName = 64;

/** The subject of a server: the first of its names that is short enough. Clients look at the others (RFC 6125 §6.4.4). */
export function serverSubject(names: readonly string[]): RelativeDistinguishedNames {
  return named([...names, 'dane-relay'].find(isShort));
}

/**
 * The subject of an authority. Each authority has a different one, because some clients find an authority by its name
 * alone.
 */
export function authoritySubject(hostname: string, keyId: Uint8Array): RelativeDistinguishedNames {
  const name = `dane-relay CA ${Buffer.from(keyId.subarray(0, 4)).toString('hex')}`;
  return named([`${name} of ${hostname}`, name].find(isShort));
}

function isShort(name: string): boolean {
  return name.length <= longestName;
}

/** One commonName (2.5.4.3). */
function named(name = ''): RelativeDistinguishedNames {
  const value = new Utf8String({ value: name });
  return new RelativeDistinguishedNames({
    typesAndValues: [new AttributeTypeAndValue({ type: '2.5.4.3', value })],
  });
}
