import { environmentName, settingKeys, settingOf } from './settings.ts';

/** The settings that may have been meant by `key`; none if nothing is close. */
export function suggestSettings(key: string): readonly string[] {
  if (key.startsWith('DANE_RELAY_')) {
    const names = settingKeys.map(environmentName);
    return closest(key, [...names, ...names.map((name) => `${name}_FILE`)]);
  }
  const plain = key.replaceAll(/["']/g, '').replaceAll('-', '_').toLowerCase();
  const leaf = leafOf(plain);
  const sameName = settingKeys.filter((known) => known === plain || settingOf(known).postfix === leaf);
  if (sameName.length > 0) return sameName;
  const near = closest(plain, settingKeys);
  if (near.length > 0) return near;
  return settingKeys.filter((known) => closest(leaf, [leafOf(known)]).length > 0).slice(0, 3);
}

/** The candidates with the fewest typing errors between them and `word`, if these are few for its length. */
export function closest(word: string, candidates: readonly string[]): readonly string[] {
  if (word.length > 100) return [];
  const tolerated = Math.max(1, Math.floor(word.length / 5));
  const scored = candidates.map((candidate) => ({ candidate, slips: slipsBetween(word, candidate) }));
  const fewest = Math.min(...scored.map(({ slips }) => slips));
  if (fewest > tolerated) return [];
  return scored.filter(({ slips }) => slips === fewest).map(({ candidate }) => candidate);
}

function leafOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** Letters added, lost, changed or swapped with their neighbour (optimal string alignment distance). */
function slipsBetween(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = at(old, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? at(older, j - 2) + 1 : Infinity;
      row.push(Math.min(change, swap, at(old, j) + 1, at(row, j - 1) + 1));
    }
    older = old;
    old = row;
  }
  return at(old, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
