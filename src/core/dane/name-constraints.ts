import { prices } from './budget.ts';
import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { derTags, readValue } from './der.ts';
import { readName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import { nameForms } from './extensions.ts';
import type { GeneralName, NameConstraints } from './extensions.ts';

/** A name of a certificate, or the base of a subtree, in the form in which both are compared. */
export type ComparableName =
  | { readonly form: typeof nameForms.dNSName; readonly text: string }
  | {
      readonly form: typeof nameForms.directoryName;
      readonly relativeNames: readonly string[];
      /** Of all of them. */
      readonly length: number;
    }
  | { readonly form: typeof nameForms.iPAddress; readonly octets: Uint8Array }
  | { readonly form: 'other'; readonly tag: number };

/** The bases of subtrees by their tags; undefined for an unreadable one. */
type Bases = ReadonlyMap<number, readonly (ComparableName | undefined)[]>;

interface Subtrees {
  readonly permitted: Bases;
  readonly excluded: Bases;
}

export type ConstraintVerdict = 'permitted' | 'excluded' | undefined;

/**
 * Which name constraint of `issuer`, a certificate above it, `certificate` breaks, if any (RFC 5280 §4.2.1.10). Once
 * `budget` is spent, it reports a broken one without having looked.
 */
export type ConstraintCheck = (
  certificate: Certificate,
  issuer: Certificate,
  isLeaf: boolean,
) => ConstraintVerdict;

/** Reads the names and the bases of each certificate only once, and compares each two certificates only once. */
export function constraintCheck(budget: Budget): ConstraintCheck {
  const names = new Map<Certificate, readonly ComparableName[] | undefined>();
  const verdicts = new Map<Certificate, Map<Certificate, ConstraintVerdict>>();
  const subtrees = new Map<Certificate, Subtrees>();

  function check(
    certificate: Certificate,
    issuer: Certificate,
    constraints: NameConstraints,
    isLeaf: boolean,
  ) {
    if (!names.has(certificate)) {
      if (!budget.spend(certificate.der.length * prices.readOctet)) return 'excluded';
      names.set(certificate, namesOf(certificate, isLeaf));
    }
    let read = subtrees.get(issuer);
    if (read === undefined) {
      if (!budget.spend(issuer.der.length * prices.readOctet)) return 'excluded';
      read = { permitted: basesOf(constraints.permitted), excluded: basesOf(constraints.excluded) };
      subtrees.set(issuer, read);
    }
    return brokenNameConstraint(names.get(certificate), read, budget);
  }

  return (certificate, issuer, isLeaf) => {
    const { nameConstraints } = issuer;
    if (nameConstraints === undefined) return undefined;
    const known = verdicts.get(certificate) ?? new Map<Certificate, ConstraintVerdict>();
    verdicts.set(certificate, known);
    if (!known.has(issuer)) known.set(issuer, check(certificate, issuer, nameConstraints, isLeaf));
    return known.get(issuer);
  };
}

/**
 * No name may be in an excluded subtree, and each must be in a permitted one where there are any of its form. A name of a
 * form that is constrained and that we cannot compare (mail address, URI and rarer ones) breaks them, and so do names
 * that cannot be read.
 */
function brokenNameConstraint(
  names: readonly ComparableName[] | undefined,
  { permitted, excluded }: Subtrees,
  budget: Budget,
): ConstraintVerdict {
  if (names === undefined) return 'excluded';
  for (const name of names) {
    for (const base of excluded.get(tagOf(name)) ?? []) {
      if (!budget.spend(costOf(name, base)) || isWithin(name, base, 'excluded') !== false) return 'excluded';
    }
  }
  for (const name of names) {
    const bases = permitted.get(tagOf(name));
    const isPermitted = bases?.some(
      (base) => budget.spend(costOf(name, base)) && isWithin(name, base, 'permitted') === true,
    );
    if (isPermitted === false) return 'permitted';
  }
  return undefined;
}

function costOf(name: ComparableName, base: ComparableName | undefined): number {
  const octets = base === undefined ? 0 : Math.min(lengthOf(name), lengthOf(base));
  return prices.comparison + prices.comparedOctet * octets;
}

/** Texts are compared from one end, addresses are short, and one relative name after the other. */
function lengthOf(name: ComparableName): number {
  switch (name.form) {
    case nameForms.dNSName:
      return name.text.length;
    case nameForms.directoryName:
      return name.length;
    case nameForms.iPAddress:
      return name.octets.length;
    case 'other':
      return 0;
  }
}

function basesOf(names: readonly GeneralName[]): Bases {
  const bases = new Map<number, (ComparableName | undefined)[]>();
  for (const name of names) {
    const alike = bases.get(name.tag) ?? [];
    bases.set(name.tag, alike);
    alike.push(nameOf(name));
  }
  return bases;
}

/** Every name the constraints speak of; undefined if one cannot be read. */
function namesOf(certificate: Certificate, isLeaf: boolean): ComparableName[] | undefined {
  const { subject, subjectAltNames, dnsNames } = certificate;
  const names: (ComparableName | undefined)[] = subjectAltNames.map(nameOf);
  if (subject.relativeNames.length > 0) names.push(directoryName(subject));
  for (const _ of subject.emailAddresses) names.push({ form: 'other', tag: nameForms.rfc822Name });
  // Where the Common Name may stand for a missing DNS-ID, it is bound like one.
  if (isLeaf && dnsNames.length === 0) {
    for (const text of subject.commonNames) if (isHostName(text)) names.push(dnsName(text));
  }
  const read = names.filter((name) => name !== undefined);
  return read.length === names.length ? read : undefined;
}

function nameOf(name: GeneralName): ComparableName | undefined {
  switch (name.tag) {
    case nameForms.dNSName:
      return dnsName(name.latin1());
    case nameForms.iPAddress:
      return { form: nameForms.iPAddress, octets: name.content };
    case nameForms.directoryName: {
      const read = readName(readValue(name.content, derTags.sequence));
      return read && directoryName(read);
    }
    default:
      return { form: 'other', tag: name.tag };
  }
}

function dnsName(text: string): ComparableName {
  return { form: nameForms.dNSName, text: text.toLowerCase() };
}

function directoryName({ relativeNames }: DistinguishedName): ComparableName {
  const length = relativeNames.reduce((sum, each) => sum + each.length, 0);
  return { form: nameForms.directoryName, relativeNames, length };
}

function isHostName(text: string): boolean {
  return /^[a-z0-9_*.-]+$/i.test(text);
}

function tagOf(name: ComparableName): number {
  return name.form === 'other' ? name.tag : name.form;
}

/** Undefined if that cannot be told. */
function isWithin(
  name: ComparableName,
  base: ComparableName | undefined,
  subtree: 'permitted' | 'excluded',
): boolean | undefined {
  if (name.form === nameForms.dNSName && base?.form === name.form) {
    return isDnsNameWithin(name.text, base.text, subtree);
  }
  if (name.form === nameForms.directoryName && base?.form === name.form) {
    return base.relativeNames.every((relativeName, index) => name.relativeNames[index] === relativeName);
  }
  return name.form === nameForms.iPAddress && base?.form === name.form
    ? isAddressWithin(name.octets, base.octets)
    : undefined;
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
