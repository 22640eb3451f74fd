import { dirname, join } from 'node:path/posix';
import { standsFor, type Module } from './breaches.ts';
import type { Walls } from './walls.ts';

/** Rooms that import one another, directly or by way of others, by what the table allows: `a → b → a` each. */
export function circles({ rooms, closed }: Pick<Walls, 'rooms' | 'closed'>): readonly string[] {
  const names = Object.keys(rooms);
  return circlesOf(
    new Map(
      names.map((room) => {
        const meant = (one: string): string[] => names.filter((name) => standsFor(one, name, { closed }));
        return [room, (rooms[room] ?? []).flatMap(meant)] as const;
      }),
    ),
  );
}

/** The same of files, by what they do import, types included. */
export function fileCircles(modules: readonly Module[]): readonly string[] {
  return circlesOf(
    new Map(
      modules.map(({ file, imports }) => {
        const own = imports.filter(({ from }) => from.startsWith('.'));
        return [file, own.map(({ from }) => join(dirname(file), from))] as const;
      }),
    ),
  );
}

function circlesOf(leadsTo: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Map<string, string>();
  const done = new Set<string>();

  function walk(name: string, way: readonly string[]): void {
    const begin = way.indexOf(name);
    if (begin !== -1) {
      const circle = way.slice(begin);
      found.set(circle.toSorted().join(), [...circle, name].join(' → '));
      return;
    }
    if (done.has(name)) return;
    for (const next of leadsTo.get(name) ?? []) if (next !== name) walk(next, [...way, name]);
    done.add(name);
  }

  for (const name of leadsTo.keys()) walk(name, []);
  return [...found.values()];
}
