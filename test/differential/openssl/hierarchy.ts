import { makeAuthority, makeCertificate } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';
import { host } from './case.ts';
import type { MakeTrait, Trait } from './traits.ts';

/** A server's certificate and those above it: the first authority issued the leaf, the last one signed itself. */
export interface Hierarchy {
  readonly leaf: TestCertificate;
  readonly authorities: readonly TestCertificate[];
}

const noTrait: MakeTrait = () => ({});

/** @param traits one for each authority, in the order of `authorities` */
export function makeHierarchy(traits: readonly MakeTrait[], leafTrait = noTrait): Hierarchy {
  const authorities: TestCertificate[] = [];
  for (const [index, trait] of [...traits.entries()].toReversed()) {
    const [issuer] = authorities;
    authorities.unshift(makeIssuer(`Authority ${index + 1}`, trait(issuer), issuer));
  }
  return { leaf: makeLeaf(leafTrait(authorities[0]), authorities[0]), authorities };
}

/** The traits of so many sound authorities. */
export function sound(count: number): MakeTrait[] {
  return Array.from({ length: count }, () => noTrait);
}

/** An authority that signs itself, one below it, and a leaf below that. */
export function standardHierarchy(
  leafTrait: Trait = {},
): Record<'leaf' | 'issuer' | 'root', TestCertificate> {
  const root = makeIssuer('Root');
  const issuer = makeIssuer('Issuer', {}, root);
  return { leaf: makeLeaf(leafTrait, issuer), issuer, root };
}

/** An authority; without an issuer it signs itself. */
export function makeIssuer(subject: string, trait: Trait = {}, issuer?: TestCertificate): TestCertificate {
  const { tampered, ...options } = trait;
  return withSignature(makeAuthority(subject, options, issuer), tampered);
}

/** The certificate of the host; without an issuer it signs itself. */
export function makeLeaf(trait: Trait = {}, issuer?: TestCertificate): TestCertificate {
  const { tampered, ...options } = trait;
  return withSignature(makeCertificate({ names: [host], ...options }, issuer), tampered);
}

function withSignature(certificate: TestCertificate, tampered = false): TestCertificate {
  if (!tampered) return certificate;
  const der = Buffer.from(certificate.der);
  const last = der.length - 1;
  der[last] = (der[last] ?? 0) ^ 1;
  return { ...certificate, der };
}
