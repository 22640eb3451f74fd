import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './checkout.ts';

/** What package-lock.json says of the packages, by the place where each is installed. */
export interface Lock {
  readonly version?: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function readLock(file = path.join(root, 'package-lock.json')): Lock {
  return JSON.parse(readFileSync(file, 'utf8')) as Lock;
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
export function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
