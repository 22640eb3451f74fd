import type { Certificate } from './certificate.ts';
import { derTags, readValue } from './der.ts';
import { readName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import { nameForms } from './extensions.ts';
import type { GeneralName, NameConstraints } from './extensions.ts';

/** Names times subtrees; beyond this a certificate is refused rather than checked. */
const maxComparisons = 1 << 16;

/** A name of a certificate in the form in which subtrees are compared with it. */
type Name =
  | { readonly form: typeof nameForms.dNSName; readonly text: string }
  | { readonly form: typeof nameForms.directoryName; readonly name: DistinguishedName }
  | { readonly form: typeof nameForms.iPAddress; readonly octets: Uint8Array }
  | { readonly form: 'other'; readonly tag: number };

/**
 * Which of the name constraints of a certificate above it `certificate` breaks, if any (RFC 5280 §4.2.1.10): no name
 * may be in an excluded subtree, and each must be in a permitted one where there are any of its form. A name of a
 * form that is constrained and that we cannot compare (mail address, URI and rarer ones) breaks them.
 */
export function brokenNameConstraint(
  certificate: Certificate,
  constraints: NameConstraints,
  isLeaf: boolean,
): 'permitted' | 'excluded' | undefined {
  const names = namesOf(certificate, isLeaf);
  const { permitted, excluded } = constraints;
  if (names === undefined || names.length * (permitted.length + excluded.length) > maxComparisons)
    return 'excluded';
  const isExcluded = (name: Name): boolean =>
    excluded.some((base) => isOfForm(name, base) && isWithin(name, base, 'excluded') !== false);
  const isPermitted = (name: Name): boolean => {
    const bases = permitted.filter((base) => isOfForm(name, base));
    return bases.length === 0 || bases.some((base) => isWithin(name, base, 'permitted') === true);
  };
  if (names.some(isExcluded)) return 'excluded';
  return names.every(isPermitted) ? undefined : 'permitted';
}

/** Every name the constraints speak of; undefined if one cannot be read. */
function namesOf(certificate: Certificate, isLeaf: boolean): Name[] | undefined {
  const { subject, subjectAltNames, dnsNames } = certificate;
  const names: (Name | undefined)[] = subjectAltNames.map(nameOf);
  if (subject.relativeNames.length > 0) names.push({ form: nameForms.directoryName, name: subject });
  names.push(...subject.emailAddresses.map((): Name => ({ form: 'other', tag: nameForms.rfc822Name })));
  // Where the Common Name may stand for a missing DNS-ID, it is bound like one.
  if (isLeaf && dnsNames.length === 0) names.push(...subject.commonNames.filter(isHostName).map(dnsName));
  const read = names.filter((name) => name !== undefined);
  return read.length === names.length ? read : undefined;
}

function nameOf(name: GeneralName): Name | undefined {
  switch (name.tag) {
    case nameForms.dNSName:
      return dnsName(textOf(name));
    case nameForms.iPAddress:
      return { form: nameForms.iPAddress, octets: name.content };
    case nameForms.directoryName: {
      const directoryName = directoryNameOf(name);
      return directoryName && { form: nameForms.directoryName, name: directoryName };
    }
    default:
      return { form: 'other', tag: name.tag };
  }
}

function dnsName(text: string): Name {
  return { form: nameForms.dNSName, text: text.toLowerCase() };
}

function textOf({ content }: GeneralName): string {
  return Buffer.from(content).toString('latin1');
}

function directoryNameOf({ content }: GeneralName): DistinguishedName | undefined {
  return readName(readValue(content, derTags.sequence));
}

function isHostName(text: string): boolean {
  return /^[a-z0-9_*.-]+$/i.test(text);
}

function isOfForm(name: Name, base: GeneralName): boolean {
  return (name.form === 'other' ? name.tag : name.form) === base.tag;
}

/** Undefined: we cannot tell. */
function isWithin(name: Name, base: GeneralName, subtree: 'permitted' | 'excluded'): boolean | undefined {
  switch (name.form) {
    case nameForms.dNSName:
      return isDnsNameWithin(name.text, textOf(base).toLowerCase(), subtree);
    case nameForms.directoryName: {
      const top = directoryNameOf(base)?.relativeNames;
      return top?.every((relativeName, index) => name.name.relativeNames[index] === relativeName);
    }
    case nameForms.iPAddress:
      return isAddressWithin(name.octets, base.content);
    case 'other':
      return undefined;
  }
}

/** An empty base holds every name; one that begins with a dot holds only names below it, as OpenSSL has it. */
function isDnsNameWithin(name: string, base: string, subtree: 'permitted' | 'excluded'): boolean {
  if (base === '' || name === base) return true;
  if (name.endsWith(base.startsWith('.') ? base : `.${base}`)) return true;
  // `*.example.com` also stands for `mx.example.com`, so it reaches into an excluded subtree with that base.
  const isWildcardAbove = name.startsWith('*.') && base.slice(base.indexOf('.')) === name.slice(1);
  return subtree === 'excluded' && isWildcardAbove;
}

/** RFC 5280 §4.2.1.10: address and mask, so twice the octets of the address. An IPv4 name is in no IPv6 subtree. */
function isAddressWithin(octets: Uint8Array, base: Uint8Array): boolean | undefined {
  const size = octets.length;
  if ((size !== 4 && size !== 16) || (base.length !== 8 && base.length !== 32)) return undefined;
  if (base.length !== size * 2) return false;
  return octets.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (base[size + index] ?? 0)) === 0);
}
