import { bad, destination, good, short, type Destination } from '../destination.ts';
import { sound, type Material } from '../material.ts';

/** TLSA record sets of one and the same host: which records count (RFC 6698 §2.1, RFC 7671 §9, RFC 7672 §3.1.3). */
export function tlsaRecords({ ee }: Material): readonly Destination[] {
  const sets: readonly (readonly [label: string, records: readonly string[]])[] = [
    ['usage-0', [good(ee, '0 0 1')]],
    ['usage-1', [good(ee, '1 1 1')]],
    ['usage-0-and-1', [good(ee, '0 1 1'), good(ee, '1 0 1')]],
    ['usage-255', [good(ee, '255 1 1')]],
    ['selector-2', [withParameters('3 2 1', good(ee))]],
    ['matching-3', [withParameters('3 1 3', good(ee))]],
    ['matching-255', [withParameters('3 1 255', good(ee))]],
    ['sha256-short', [short(good(ee))]],
    ['sha256-long', [`${good(ee)}00`]],
    ['sha512-short', [short(good(ee, '3 1 2'))]],
    ['full-garbage', ['TLSA 3 0 0 deadbeef']],
    ['full-key-garbage', ['TLSA 3 1 0 deadbeef']],
    ['ee-3-0-0', [good(ee, '3 0 0')]],
    ['ee-3-0-2', [good(ee, '3 0 2')]],
    ['ee-3-1-0', [good(ee, '3 1 0')]],
    ['ee-3-1-2', [good(ee, '3 1 2')]],
    ['mixed-good', [good(ee, '1 1 1'), good(ee)]],
    ['mixed-bad', [good(ee, '1 1 1'), bad(ee)]],
    ['short-and-good', [short(bad(ee)), good(ee)]],
    ['short-and-bad', [short(good(ee)), bad(ee)]],
    ['usage-1-and-short', [good(ee, '1 1 1'), short(good(ee))]],
    ['rollover', [bad(ee), good(ee)]],
    ['agility', [good(ee), bad(ee, '3 1 2')]],
    ['agility-short', [good(ee), short(bad(ee, '3 1 2'))]],
    ['agility-selector', [good(ee), bad(ee, '3 0 2')]],
    ['agility-full', [good(ee, '3 1 0'), bad(ee, '3 1 2')]],
    ['agility-good', [bad(ee), good(ee, '3 1 2')]],
    ['many', [...manyOthers(), good(ee)]],
    ['many-bad', manyOthers()],
  ];
  return sets.map(([label, tlsa]) => destination(label, [{ host: sound, tlsa }]));
}

function withParameters(parameters: string, record: string): string {
  return record.replace(/^TLSA \d+ \d+ \d+/, `TLSA ${parameters}`);
}

/** So many records that the answer comes by TCP only, and not so many that Postfix leaves some out: it reads 100. */
function manyOthers(): readonly string[] {
  return Array.from({ length: 60 }, (_, nth) => `TLSA 3 1 1 ${nth.toString(16).padStart(64, '0')}`);
}
