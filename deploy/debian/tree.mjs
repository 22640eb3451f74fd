import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Stop } from '../stop.mjs';

/** The files of a package, as they are to be on the machine, below a directory. */
export function treeIn(root) {
  const place = (path) => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    return at;
  };
  const write = (path, text, mode = 0o644) => {
    writeFileSync(place(path), text);
    chmodSync(place(path), mode);
  };
  const copy = (from, path, mode = 0o644) => {
    copyFileSync(from, place(path));
    chmodSync(place(path), mode);
  };
  return {
    write,
    copy,
    /** What lies below a directory, without what `isWanted` does not want; it is given the path below `from`. */
    copyAll(from, path, isWanted = () => true) {
      for (const name of filesBelow(from)) if (isWanted(name)) copy(join(from, name), join(path, name));
    },
    /** With gzip(1): that of Node compresses differently from version to version. */
    writeCompressed(path, text) {
      const { status, stdout, stderr, error } = spawnSync('gzip', ['-9nc'], { input: text });
      if (status !== 0) throw new Stop(70, `gzip: ${error?.message ?? stderr}`);
      write(`${path}.gz`, stdout);
    },
    link(path, target) {
      symlinkSync(target, place(path));
    },
  };
}

/** Regular files and links, in an order that is always the same. */
export function filesBelow(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted(byOctets);
}

/** Whatever is below gets the same time and, if it is a directory, the same mode, whatever umask there is. */
export function settle(root, seconds) {
  const names = readdirSync(root, { recursive: true }).map(String);
  for (const at of [root, ...names.map((name) => join(root, name))]) {
    if (lstatSync(at).isDirectory()) chmodSync(at, 0o755);
    lutimesSync(at, seconds, seconds);
  }
}

/** As Debian counts it: KiB, each file rounded up, and one for everything else. */
export function installedSize(root) {
  let size = 0;
  for (const name of readdirSync(root, { recursive: true }).map(String)) {
    const stat = lstatSync(join(root, name));
    size += stat.isFile() ? Math.ceil(stat.size / 1024) : 1;
  }
  return size;
}

function byOctets(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
