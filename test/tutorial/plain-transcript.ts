import { plainWords } from '../scenario/situations/plain-output.ts';
import type { Practice } from './practice.ts';

/** A queue id: of digits and letters that are no vowels, with a "z" behind the time. */
const queueId = /\b4[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{8,11}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{3,8}\b/g;
const shownIds = ['4jX6Z215f0zwqHvm', '4jX6Z31bLfz4Vhm6B', '4jX6Z41rQwz2Kxp7D'];

/** Makes outputs of a practice world what the page shows: ids, addresses, ports, times and digests are those of the page. */
export function createPlainTranscript({ directory, lab }: Practice): (output: string) => string {
  const ids: string[] = [];
  return (output) => {
    for (const [id] of output.matchAll(queueId)) if (!ids.includes(id)) ids.push(id);
    let plain = output.replaceAll(directory, '/tmp/practice').replaceAll(lab.directory, '/tmp/world');
    for (const [index, id] of ids.entries()) plain = plain.replaceAll(id, shownIds[index] ?? id);
    plain = plain
      .replaceAll(/\b127\.(?!0\.0\.1)\d+\.\d+\.(\d+)\b/g, '127.80.1.$1')
      .replaceAll(new RegExp(`(?<!\\d)${lab.port}(?!\\d)`, 'g'), '15225')
      .replaceAll(/\b127\.80\.1\.3:\d+/g, '127.80.1.3:25353')
      // The relay of a reader listens where it does by default, which is not told; those of tests are side by side.
      .replaceAll(/^listen = .*\n/gm, '')
      .replaceAll(/\b\d{3} bytes\b/g, '263 bytes')
      // A column that is as wide as what is in it.
      .replaceAll(/ {2,}#/g, '  #');
    return plainWords(plain).replaceAll(/^10:33:42 \S+ (?=dane-relay\/)/gm, 'Nov 28 10:33:42 relay ');
  };
}
