import { standsFor } from './breaches.ts';
import type { Walls } from './walls.ts';

/** Rooms that import one another, directly or by way of others, by what the table allows: `a → b → a` each. */
export function circles({ rooms, closed }: Pick<Walls, 'rooms' | 'closed'>): readonly string[] {
  const names = Object.keys(rooms);
  const allowed = new Map(
    names.map((room) => {
      const meant = (one: string): string[] => names.filter((name) => standsFor(one, name, { closed }));
      return [room, (rooms[room] ?? []).flatMap(meant)] as const;
    }),
  );
  const found = new Map<string, string>();
  const done = new Set<string>();

  function walk(room: string, way: readonly string[]): void {
    const begin = way.indexOf(room);
    if (begin !== -1) {
      const circle = way.slice(begin);
      found.set(circle.toSorted().join(), [...circle, room].join(' → '));
      return;
    }
    if (done.has(room)) return;
    for (const next of allowed.get(room) ?? []) if (next !== room) walk(next, [...way, room]);
    done.add(room);
  }

  for (const room of names) walk(room, []);
  return [...found.values()];
}
