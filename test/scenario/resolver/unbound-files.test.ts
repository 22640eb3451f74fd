import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startManagedUnbound } from '../../../src/children/managed-unbound.ts';
import { answersDns } from '../../../src/children/dns-ping.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { startBind } from './bind.ts';
import { unless } from '../../support/unless.ts';

/** Unbound would ask the root servers without it, and no test leaves this machine. */
const forwarders = [{ address: '127.0.0.1', port: 9 }];
const unbound = '/usr/sbin/unbound';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unbound-files-'));
});
afterEach(() => rm(directory, { recursive: true }));

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

unless(canTrace ? undefined : 'nothing can be traced here', describe)('the private Unbound', () => {
  it('touches no file but those that the profile of Debian allows', async () => {
    const [trace, executable] = [join(directory, 'trace'), join(directory, 'traced')];
    // With -D the tracer is the one that is started besides, and Unbound stays the child of its parent.
    await writeFile(executable, `#!/bin/sh\nexec strace -D -f -o ${trace} -e trace=%file ${unbound} "$@"\n`);
    await chmod(executable, 0o755);
    const started = await startManagedUnbound({ dataDir: directory, forwarders, log() {}, executable });
    try {
      expect(await answersDns(started.address, started.port, 5000)).toBe(true);
      await started.ask([...forwarders, { address: '127.0.0.2', port: 9 }]);
    } finally {
      await started.stop();
    }
    const paths = [...(await readFile(trace, 'utf8')).matchAll(/^\d+ +\w+\((?:AT_FDCWD, )?"([^"]*)"/gm)];
    const touched = new Set(paths.map(([, path = '']) => path));
    expect(touched).toContain('/proc/self/fd/3');
    // The loader's, the C library's and OpenSSL's; then root.* and what is in no file system.
    const allowed = [
      /^\/(?:usr\/)?(?:lib|lib64|sbin)\//,
      /^\/etc\/(?:ld\.so\.|localtime$|ssl\/)/,
      /^\/usr\/(?:lib|share)\/ssl\//,
      /^\/usr\/share\/dns\/root\./,
      /^\/proc\/self\/fd\/3$/,
      // By <abstractions/base>, as the C library's.
      /^\/proc\/sys\/vm\/overcommit_memory$/,
      /^\/dev\/(?:null|urandom)$/,
      new RegExp(`^${unbound}$`),
    ];
    expect([...touched].filter((path) => !allowed.some((form) => form.test(path)))).toEqual([]);
  });
});

/** Whether this kernel keeps Unbound from a file of ours: nothing else makes a configuration that is there unreadable. */
function isConfined(): boolean {
  const file = join(tmpdir(), `unbound-confined-${process.pid}.conf`);
  const script = `echo nonsense > "$1"; ${unbound} -d -c "$1" 2>&1; rm "$1"`;
  return spawnSync('sh', ['-c', script, 'sh', file], { encoding: 'utf8' }).stdout.includes(
    'Permission denied',
  );
}

const confined = isConfined();

unless(confined ? undefined : 'this kernel confines no Unbound', describe)('under AppArmor', () => {
  it('the private Unbound starts inside its profile, and what is known of the root is kept', async () => {
    const started = await startManagedUnbound({ dataDir: directory, forwarders, log() {} });
    try {
      expect(await answersDns(started.address, started.port, 5000)).toBe(true);
      const pid = (await readFile(join(directory, 'unbound/unbound.pid'), 'utf8')).trim();
      expect(readFileSync(`/proc/${pid}/attr/current`, 'utf8')).toMatch(/^unbound \(enforce\)/);
      expect(await readFile(join(directory, 'unbound/root.key'), 'utf8')).toContain('DNSKEY');
    } finally {
      await started.stop();
    }
  });

  it('so do those of the lab, and BIND', async () => {
    await using lab = await startSmallLab();
    const bind = await startBind(lab);
    await bind.stop();
  });
});
