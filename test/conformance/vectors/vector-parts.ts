import { loadRows } from '../../vectors/load.ts';
import type { Part } from '../part.ts';
import { playableRow } from './playable-row.ts';

/** The vectors as parts of the kit: a part for each theme, with the rows that can be seen from outside. */
export function vectorParts(nowMs: number): readonly Part[] {
  const all = loadRows();
  return [...new Set(all.map(({ theme }) => theme))].map((theme) => {
    const rows = all.filter((row) => row.theme === theme);
    const tried = rows.map((row) => ({ row, made: playableRow(row, nowMs) }));
    const playable = tried.flatMap(({ made }) => ('why' in made ? [] : [made]));
    return {
      title: theme,
      cases: playable.map(({ kitCase }) => kitCase),
      unseen: tried.flatMap(({ row, made }) => ('why' in made ? [{ id: row.id, why: made.why }] : [])),
      world: () =>
        Promise.resolve({
          domains: playable.flatMap(({ domains }) => domains),
          hosts: playable.flatMap(({ hosts }) => hosts),
        }),
    };
  });
}
