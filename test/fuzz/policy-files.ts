import { securityLevels } from '../../src/core/levels/levels.ts';
import type { EntryContext } from '../../src/core/tls-policy/policy-entry.ts';
import { lookupPolicy, parsePolicyMap } from '../../src/core/tls-policy/policy-map.ts';
import { pick, type FuzzTarget, type Random } from './target.ts';

const context: EntryContext = {
  fingerprints: { digest: 'sha256', values: [] },
  readFile: (file) => ({ problem: `no file ${file}` }),
};
const keys = [
  'a.test',
  '.a.test',
  'b.a.test',
  '[a.test]',
  '[192.0.2.1]:26',
  'a.test:587',
  '.',
  '[',
  'Ä.test',
] as const;
const attributes = [
  'ciphers=high',
  'protocols=>=TLSv1.2',
  '{ protocols = >=TLSv1.2, !TLSv1.3 }',
  'match=nexthop:.b.test',
  `match=${'ab'.repeat(32)}`,
  'servername=hostname',
  'exclude=RC4',
  'connection_reuse=no',
  'tafile=/x',
] as const;
const rubbish = [
  ' ',
  '\t',
  '\n',
  '\r',
  '\n ',
  '{',
  '}',
  '=',
  ',',
  ':',
  '#',
  '|',
  '\0',
  '\\',
  'é',
  '\u2028',
  '==',
] as const;

/** Whatever a file holds it is a map, its problems are told with their lines, and nobody gets a level that is not there. */
export const policyFiles: FuzzTarget = {
  name: 'policy-files',
  round(random) {
    const text = scribble(Array.from({ length: 1 + random(6) }, () => line(random)).join('\n'), random);
    const fault = (why: string): Error => new Error(`${why}: ${JSON.stringify(text)}`);
    const map = parsePolicyMap(text, 'file', context);
    const { entries, problems } = map;
    const lines = text.split('\n').length;
    for (const problem of problems) {
      const [, number] = /^file:(\d+): next-hop destination "/.exec(problem) ?? [];
      if (number === undefined || Number(number) < 1 || Number(number) > lines) throw fault(problem);
    }
    for (const [key, entry] of entries) {
      if (entry.kind === 'invalid') continue;
      const written = new RegExp(`(?:^|[\\s,])${entry.level}(?:[\\s,]|$)`, 'i');
      if (!written.test(text)) throw fault(`${key} is at ${entry.level}`);
      if (lookupPolicy(map, key) !== entry) throw fault(`${key} is not found again`);
    }
    for (const key of [...keys, 'c.b.a.test', text.slice(0, 40)]) lookupPolicy(map, key);
    return [...entries.values()].some(({ kind }) => kind === 'level');
  },
};

function line(random: Random): string {
  const words: string[] = [pick(keys, random), pick(securityLevels, random)];
  for (let more = random(4); more > 0; more -= 1) words.push(pick(attributes, random));
  return words.join(pick([' ', '\t', ', ', '\n  '], random));
}

function scribble(text: string, random: Random): string {
  let scribbled = text;
  for (let changes = random(5); changes > 0; changes -= 1) {
    const at = random(scribbled.length + 1);
    scribbled = scribbled.slice(0, at) + pick(rubbish, random) + scribbled.slice(at + random(3));
  }
  return scribbled;
}
