import { createHash } from 'node:crypto';
import { parseCertificate } from '../../src/core/dane/certificate.ts';
import { parseTlsa } from '../../src/core/dane/tlsa.ts';
import { verifyDane } from '../../src/core/dane/verify.ts';
import { generalName, makeAuthority, makeCertificate, now } from '../support/test-ca.ts';
import { mutate, type FuzzTarget } from './target.ts';

const host = 'mx.example.test';
const nameConstraints = {
  permitted: [generalName.dns('example.test')],
  excluded: [generalName.address(0, 0, 0, 0, 0, 0, 0, 0)],
};
const root = makeAuthority('Root', { nameConstraints, pathLength: 3 });
const intermediate = makeAuthority('Intermediate', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const sound = [leaf.der, intermediate.der, root.der];
const digest = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
const anchor = parseTlsa(Buffer.concat([Buffer.from([2, 1, 1]), digest(root.spki)]));

/** A changed certificate below the anchor never matches. */
export const chains: FuzzTarget = {
  name: 'chains',
  round(random) {
    const which = random(2);
    const chain = sound.map((each, index) => (index === which ? mutate(each, random) : each));
    const changed = chain[which] ?? leaf.der;
    const same = Buffer.compare(changed, sound[which] ?? changed) === 0;
    const { kind } = verifyDane(chain, [anchor], [host], now);
    if ((kind === 'matched') !== same) {
      throw new Error(`${kind}: certificate ${which} is ${Buffer.from(changed).toString('hex')}`);
    }
    return parseCertificate(changed) !== undefined;
  },
};

/** Whatever stands in full in the DNS, and in the chain, there is a verdict. */
export const fullRecords: FuzzTarget = {
  name: 'full-records',
  round(random) {
    const full = random(2) === 0 ? root.der : root.spki;
    const rdata = mutate(Buffer.concat([Buffer.from([2, random(2), 0]), full]), random);
    const record = parseTlsa(rdata);
    const chain = [leaf.der, mutate(intermediate.der, random), mutate(root.der, random)];
    const records = [record, { ...record, usage: 2, selector: random(2), matching: 0 }];
    const { kind } = verifyDane(chain, records, [host], now);
    const cut = Buffer.compare(chain[1] ?? leaf.der, intermediate.der) !== 0;
    if (kind === 'matched' && cut) {
      throw new Error(
        `matched: ${[rdata, ...chain].map((each) => Buffer.from(each).toString('hex')).join(' ')}`,
      );
    }
    return kind === 'matched' || chain.slice(1).some((each) => parseCertificate(each) !== undefined);
  },
};
