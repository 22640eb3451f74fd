import { describe, expect, test } from 'vitest';
import { packagesFor, purposes, readSystem, services } from '../../deploy/packages.mjs';

/** What deploy/prepare.mjs installs, by system. */

const debian = { id: 'debian', codename: 'trixie' };
const ubuntu = { id: 'ubuntu', codename: 'noble' };

describe('readSystem()', () => {
  test.each([
    ['PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n', debian],
    ['NAME="Ubuntu"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n', ubuntu],
    ['ID="fedora"\n', { id: 'fedora', codename: '' }],
    ['', { id: '', codename: '' }],
  ])('%j', (text, system) => expect(readSystem(text)).toEqual(system));
});

describe('packagesFor()', () => {
  test('the relay needs a Redis or a Valkey, a resolver and the keys of the root', () => {
    expect(packagesFor('run', debian)).toEqual({
      rows: [
        { names: ['redis-server', 'valkey-server'], programs: ['redis-server', 'valkey-server'] },
        { names: ['unbound'], programs: ['unbound'] },
        { names: ['dns-root-data'], programs: ['/usr/share/dns/root.key'] },
      ],
      leftOut: [],
    });
  });

  test('Ubuntu has no package of Chromium, and the others all the same', () => {
    const { rows, leftOut } = packagesFor('test', ubuntu);
    expect(leftOut).toEqual([{ name: 'chromium', reason: 'Ubuntu has Chromium as a snap only' }]);
    expect(packagesFor('test', debian).rows).toHaveLength(rows.length + 1);
    expect(packagesFor('run', ubuntu)).toEqual(packagesFor('run', debian));
  });

  test('a system of which nothing is known is taken for Debian', () => {
    expect(packagesFor('test', { id: 'constructor', codename: '' })).toEqual(packagesFor('test', debian));
  });
});

test('every service that is left off belongs to a package that is installed for something', () => {
  const installed = purposes.flatMap((purpose) =>
    packagesFor(purpose, debian).rows.flatMap(({ names }) => names),
  );
  expect(Object.keys(services).filter((name) => !installed.includes(name))).toEqual([]);
});
