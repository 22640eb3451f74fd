import { dirname, join } from 'node:path/posix';
import type { Import, ModuleImports } from './imports.ts';
import type { Walls } from './walls.ts';

export interface Module extends ModuleImports {
  /** From the top of the repository: `src/core/mail/address.ts`. */
  readonly file: string;
}

/** What of these modules the walls do not allow, one sentence each; empty when all is well. */
export function breaches(modules: readonly Module[], walls: Walls): readonly string[] {
  return modules.flatMap((module) => {
    const room = roomOf(module.file, walls);
    if (room === undefined) return [`${module.file}: its folder is no room that the walls know`];
    const found = module.imports.flatMap((one) => breach(module.file, room, one, walls));
    if (module.dynamic > 0) found.push(`${module.file}: an import() cannot be looked through`);
    return found;
  });
}

/** Rooms that the walls name and in which there is nothing. */
export function emptyRooms(modules: readonly Module[], walls: Walls): readonly string[] {
  const inhabited = new Set(modules.map(({ file }) => roomOf(file, walls)));
  return Object.keys(walls.rooms).filter((room) => !inhabited.has(room));
}

/** The nearest folder that is a room, if every folder on the way down to the file is one. */
function roomOf(file: string, walls: Walls): string | undefined {
  if (file === 'src/main.ts') return 'main';
  const folder = dirname(file).replace(/^src\//, '');
  return folder in walls.rooms ? folder : undefined;
}

function breach(file: string, room: string, { from, names }: Import, walls: Walls): string[] {
  if (from.startsWith('.')) {
    const target = join(dirname(file), from);
    const other = roomOf(target, walls);
    if (other === undefined) return [`${file}: imports ${target}, which is in no room`];
    if (other === room || mayImport(room, other, walls)) return [];
    return [`${file}: ${room} may not import ${other} (${target})`];
  }
  const pure = isIn(room, walls.pure.rooms);
  if (from.startsWith('node:')) {
    if (pure)
      return allowsBuiltin(from, names, walls) ? [] : [`${file}: ${room} is pure and may not import ${from}`];
    const owners = walls.builtins[from];
    return owners === undefined || isIn(room, owners)
      ? []
      : [`${file}: ${from} belongs to ${owners.join(', ')}`];
  }
  const library = libraryOf(from);
  const owners = walls.libraries[library];
  if (owners === undefined) return [`${file}: imports ${library}, which belongs to no room`];
  const rooms = [owners].flat();
  return isIn(room, rooms) ? [] : [`${file}: ${library} belongs to ${rooms.join(', ')}`];
}

function mayImport(room: string, other: string, walls: Walls): boolean {
  return (walls.rooms[room] ?? []).some((one) => standsFor(one, other, walls));
}

/** Whether `other` is one of the rooms that the table means by `one`. */
export function standsFor(one: string, other: string, { closed }: Pick<Walls, 'closed'>): boolean {
  if (one.endsWith('/*')) return other.startsWith(one.slice(0, -1));
  return other === one || (!closed.includes(one) && isIn(other, [one]));
}

/** `core/mail` is in `core` as well as in itself. */
function isIn(room: string, rooms: readonly string[]): boolean {
  return rooms.some((one) => room === one || room.startsWith(`${one}/`));
}

function allowsBuiltin(from: string, names: readonly string[], { pure }: Walls): boolean {
  const allowed = pure.builtins[from] ?? [];
  return names.length > 0 && names.every((name) => allowed.includes(name));
}

/** The package of `bullmq`, `smtp-server/lib/smtp-stream`, `@scope/name/part`. */
export function libraryOf(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}
