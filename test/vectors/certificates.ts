import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { objectIdentifier, sequence } from '../support/der-writer.ts';
import {
  ecKeys,
  extension,
  generalName,
  keyUsageBits,
  makeCertificate,
  name,
  attributeTypes,
  purposes,
  rsaKeys,
  withUnknownKey,
} from '../support/test-ca.ts';
import { vectorFolder } from './folder.ts';
import type { TestCertificate, TestCertificateOptions } from '../support/test-ca.ts';

/** How a certificate is made; explained in README.md. */
interface Recipe {
  readonly subject?: string;
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly issuer?: string;
  readonly signedWithKeyOf?: string;
  readonly authority?: true;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly (keyof typeof keyUsageBits)[];
  readonly purposes?: readonly (keyof typeof purposes)[];
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
  readonly unknownCritical?: true;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly proxy?: true;
  readonly key?: 'RSA-768' | 'RSA-2048' | 'secp112r1';
  readonly keyOf?: string;
  readonly digest?: 'sha1';
  readonly version?: 1;
  readonly unknownKey?: true;
}

export type Certificates = (name: string) => Pick<TestCertificate, 'der' | 'spki'>;

/** For a row that is played at another time and under other names than it is written with. */
export interface RecipeChanges {
  /** Applied to every name in a certificate. */
  readonly rename?: (text: string) => string;
  /** Added to every time. */
  readonly shiftMs?: number;
}

/** RFC 3820 §3.8, inheritAll. */
const proxyPolicy = sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.21.1')));

const defaultValidity = { notBefore: '2026-10-22T00:00:00Z', notAfter: '2026-12-21T00:00:00Z' };

/** Makes each certificate of certificates.json, with keys of this run, when it is first asked for. */
export function makeCertificates({ rename = (text) => text, shiftMs = 0 }: RecipeChanges = {}): (
  name: string,
) => TestCertificate {
  const recipes = JSON.parse(readFileSync(new URL('certificates.json', vectorFolder), 'utf8')) as Readonly<
    Record<string, Recipe>
  >;
  const made = new Map<string, TestCertificate>();

  function certificate(key: string): TestCertificate {
    const known = made.get(key);
    if (known !== undefined) return known;
    const recipe = recipes[key];
    if (recipe === undefined) throw new Error(`no recipe for the certificate ${key}`);
    const fresh = makeCertificate(optionsOf(recipe), issuerOf(recipe));
    const done = recipe.unknownKey === true ? { ...fresh, ...withUnknownKey(fresh) } : fresh;
    made.set(key, done);
    return done;
  }

  function issuerOf({ issuer, signedWithKeyOf }: Recipe): TestCertificate | undefined {
    if (issuer === undefined) return undefined;
    const named = certificate(issuer);
    return signedWithKeyOf === undefined ? named : { ...named, keys: certificate(signedWithKeyOf).keys };
  }

  function optionsOf(recipe: Recipe): TestCertificateOptions {
    const { subject, names, addresses, authority, pathLength, permitted, excluded, digest, version } = recipe;
    const keyUsage =
      recipe.keyUsage ?? (authority === true ? (['keyCertSign', 'cRLSign'] as const) : undefined);
    const ca = recipe.ca ?? authority;
    return {
      subject:
        subject === undefined
          ? name([attributeTypes.organization, `Vectors ${randomBytes(4).toString('hex')}`])
          : rename(subject),
      ...(names !== undefined && { names: names.map(rename) }),
      ...(addresses !== undefined && {
        altNames: addresses.map((text) => generalName.address(...text.split('.').map(Number))),
      }),
      ...(ca !== undefined && { ca }),
      ...(pathLength !== undefined && { pathLength }),
      ...(keyUsage !== undefined && { keyUsage: keyUsage.map((usage) => keyUsageBits[usage]) }),
      ...(recipe.purposes !== undefined && {
        extendedKeyUsage: recipe.purposes.map((purpose) => purposes[purpose]),
      }),
      ...((permitted ?? excluded) !== undefined && {
        nameConstraints: {
          permitted: (permitted ?? []).map(rename).map(generalName.dns),
          excluded: (excluded ?? []).map(rename).map(generalName.dns),
        },
      }),
      ...(recipe.unknownCritical === true && {
        extensions: [extension('1.3.6.1.4.1.99999.1', true, Buffer.from([0x05, 0x00]))],
      }),
      ...(recipe.proxy === true && { extensions: [extension('1.3.6.1.5.5.7.1.14', false, proxyPolicy)] }),
      notBefore: Date.parse(recipe.notBefore ?? defaultValidity.notBefore) + shiftMs,
      notAfter: Date.parse(recipe.notAfter ?? defaultValidity.notAfter) + shiftMs,
      keys: keysOf(recipe),
      ...(digest !== undefined && { digest }),
      ...(version !== undefined && { version }),
    };
  }

  function keysOf({ key, keyOf }: Recipe): TestCertificate['keys'] {
    if (keyOf !== undefined) return certificate(keyOf).keys;
    if (key === undefined) return ecKeys();
    return key.startsWith('RSA-')
      ? rsaKeys(Number(key.slice(4)))
      : generateKeyPairSync('ec', { namedCurve: key });
  }

  return certificate;
}
