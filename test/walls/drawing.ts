import type { Walls } from './walls.ts';

/** The walls as docs/architecture.md shows them: a line for each room that has something to import. */
export function drawing({ rooms, libraries, pure }: Walls): string {
  const names = Object.keys(rooms);
  const width = Math.max(...names.map(({ length }) => length));
  return names
    .map((room) => {
      const own = Object.keys(libraries).filter((library) => [libraries[library]].flat().includes(room));
      const builtins = pure.rooms.includes(room) ? Object.keys(pure.builtins) : [];
      const all = [...(rooms[room] ?? []), ...own, ...builtins];
      return `${room.padEnd(width)} ──► ${all.join(', ') || '—'}`;
    })
    .join('\n');
}
