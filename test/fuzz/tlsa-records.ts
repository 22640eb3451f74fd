import {
  daneDigests,
  parseTlsa,
  screen,
  strongestDigests,
  tlsaText,
  usability,
  type DaneDigest,
} from '../../src/core/dane/tlsa.ts';
import { pick, type FuzzTarget } from './target.ts';

/** The lengths that digests have, and those beside them. */
const lengths = [0, 1, 31, 32, 33, 63, 64, 65] as const;

/** Anything is a record, every record is judged, and no RRset of usable records is left without one that counts. */
export const tlsaRecords: FuzzTarget = {
  name: 'tlsa-records',
  round(random) {
    const rrset = Array.from({ length: 1 + random(6) }, () => {
      const usable = [2 + random(2), random(2), 1 + random(2)];
      const parameters = random(3) === 0 ? usable.map(() => random(5)) : usable;
      const length = random(3) === 0 ? pick(lengths, random) : 32 * (parameters[2] ?? 0);
      const rdata = [...parameters, ...Array.from({ length }, () => random(256))];
      return Uint8Array.from(random(8) === 0 ? rdata.slice(0, random(6)) : rdata);
    });
    const fault = (text: string): Error =>
      new Error(`${text}: ${rrset.map((rdata) => Buffer.from(rdata).toString('hex')).join(' ')}`);
    const records = rrset.map(parseTlsa);
    const digests = pick<readonly DaneDigest[]>(
      [daneDigests, ['sha256', 'sha512'], ['sha256'], ['sha512']],
      random,
    );
    for (const [index, { data }] of records.entries()) {
      if (data.length !== Math.max(0, (rrset[index]?.length ?? 0) - 3)) throw fault('wrong data');
    }
    const { usable, warnings } = screen(records, 'owner', digests);
    if (usable.length + warnings.length !== records.length) throw fault('a record is neither usable nor not');
    for (const record of records) {
      if (usability(record, digests).usable !== usable.includes(record))
        throw fault('two opinions of a record');
      if (!/^\d+ \d+ \d+ [0-9A-F.]*$/.test(tlsaText(record))) throw fault(`text "${tlsaText(record)}"`);
    }
    const counting = strongestDigests(usable, digests);
    for (const { usage, selector } of usable) {
      const group = counting.filter((record) => record.usage === usage && record.selector === selector);
      const kinds = new Set(group.map(({ matching }) => matching).filter((matching) => matching !== 0));
      if (group.length === 0 || kinds.size > 1) throw fault(`${kinds.size} digests for ${usage} ${selector}`);
    }
    return usable.length > 0;
  },
};
