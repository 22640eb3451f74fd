import type { TlsaRecord } from '../dns/record.ts';
import { associationData, type Selectable } from './association-data.ts';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { matchings, selectors, usages } from './tlsa.ts';

/** What a TLSA record says before its data (RFC 6698 §2.1). Each is a number from 0 to 255. */
export type TlsaParameters = Pick<TlsaRecord, 'usage' | 'selector' | 'matching'>;

/** DANE-EE(3) SPKI(1) SHA2-256(1), the record that RFC 7672 §3.1.1 recommends. */
export const recommended: TlsaParameters = {
  usage: usages.daneEe,
  selector: selectors.publicKey,
  matching: matchings.sha256,
};

/** RFC 7218 §2: the acronyms of the numbers, in the order of the numbers. */
const acronyms = {
  usage: ['PKIX-TA', 'PKIX-EE', 'DANE-TA', 'DANE-EE'],
  selector: ['Cert', 'SPKI'],
  matching: ['Full', 'SHA2-256', 'SHA2-512'],
} as const satisfies Record<keyof TlsaParameters, readonly string[]>;

/**
 * Reads one parameter: `3`, or its acronym (`DANE-EE`, in letters of any case). Undefined for anything without a meaning
 * in RFC 7218 §2, which leaves out the numbers for private use.
 */
export function parseParameter(which: keyof TlsaParameters, text: string): number | undefined {
  const names = acronyms[which];
  const place = names.findIndex(
    (name, number) => text === String(number) || text.toLowerCase() === name.toLowerCase(),
  );
  return place === -1 ? undefined : place;
}

/** Reads `3 1 1`, with any blanks in between, or the acronyms; undefined for anything else. */
export function parseParameters(text: string): TlsaParameters | undefined {
  const [first = '', second = '', third = '', ...more] = text.trim().split(/\s+/);
  const usage = parseParameter('usage', first);
  const selector = parseParameter('selector', second);
  const matching = parseParameter('matching', third);
  if (usage === undefined || selector === undefined || matching === undefined) return undefined;
  return more.length === 0 ? { usage, selector, matching } : undefined;
}

/** `3 1 1` */
export function parametersText({ usage, selector, matching }: TlsaParameters): string {
  return `${usage} ${selector} ${matching}`;
}

/** A certificate, DER. Without a readable public key in it there are only records of the whole. */
export function certificateWithKey(der: Uint8Array): Selectable {
  return { certificate: der, publicKey: readSubjectPublicKeyInfo(der) };
}

/**
 * The TLSA record of a certificate or a key (RFC 6698 §2.1). Undefined if there is none: selector 0 of a key, selector 1
 * of what is no certificate, a number without a meaning. Whether the record helps anybody is not asked
 * (`record-advice.ts`).
 */
export function makeRecord(parameters: TlsaParameters, of: Selectable): TlsaRecord | undefined {
  const data = associationData(of, parameters);
  return data && { ...parameters, data };
}

/** Whether two records say the same. */
export function isSameRecord(one: TlsaRecord, other: TlsaRecord): boolean {
  return parametersText(one) === parametersText(other) && Buffer.compare(one.data, other.data) === 0;
}
