import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Stop } from './stop.mjs';

/** Where everything is once it is installed. */
export function installedPlaces(prefix) {
  return {
    prefix,
    /** A directory with dist, node_modules and the like. */
    program: join(prefix, 'lib/dane-relay'),
    /** What was there before the last upgrade. */
    previous: join(prefix, 'lib/dane-relay.previous'),
    /** The executable of the search path. */
    command: join(prefix, 'bin/dane-relay'),
    /** Where the package bash-completion looks. */
    completion: join(prefix, 'share/bash-completion/completions/dane-relay'),
    /** Where man looks. */
    manuals: join(prefix, 'share/man'),
    unit: '/etc/systemd/system/dane-relay.service',
    /** There if systemd opens the listeners. */
    socketUnit: '/etc/systemd/system/dane-relay.socket',
    logrotate: '/etc/logrotate.d/dane-relay',
    settings: '/etc/dane-relay/relay.toml',
    /** The first two are links to the others, which systemd makes for a user that comes and goes. */
    state: ['lib', 'log'].flatMap((kind) => [`/var/${kind}/dane-relay`, `/var/${kind}/private/dane-relay`]),
  };
}

/** Throws Stop, before anything is done, when one of them is on a file system that cannot be written. */
export function refuseReadOnly({ program, command, completion, manuals, unit, settings }) {
  for (const path of [program, command, completion, manuals, unit, settings]) {
    const directory = nearest(dirname(path));
    try {
      accessSync(directory, constants.W_OK);
    } catch (error) {
      const elsewhere = [program, command, completion, manuals].includes(path)
        ? '\nThe program can be put elsewhere: --prefix /opt, say.'
        : '\nWithout that no service can be set up; "node dist/main.js run" needs no installation.';
      throw new Stop(75, `Nothing can be written to ${directory} (${error.code}).${elsewhere}`);
    }
  }
}

function nearest(path) {
  return existsSync(path) || path === '/' ? path : nearest(dirname(path));
}
