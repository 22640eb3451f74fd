import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { unless } from '../../support/unless.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** A user without privileges is root in a namespace of users, where the kernel lets him. */
const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const namespaces = [...asUser, '--net', '--mount', '--propagation', 'private'];
const canIsolate = spawnSync('unshare', [...namespaces, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

unless(canIsolate ? undefined : 'no network of its own can be made here', describe)(
  'with a network of its own',
  () => {
    it('the relay finds out whom to ask, and believes nobody: the tests of the project "isolated"', async () => {
      const vitest = [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        'isolated',
        '--reporter',
        'verbose',
      ];
      const script = 'ip link set lo up && exec "$@"';
      const command = ['unshare', ...namespaces, 'sh', '-c', script, 'sh', process.execPath, ...vitest];
      const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ISOLATED_NETWORK: 'yes', NO_COLOR: '1' },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const [code] = (await once(child, 'close')) as [number | null];
      expect(code, output).toBe(0);
      expect(output).toMatch(/Tests +\d+ passed/);
      expect(output).not.toMatch(/Tests.* skipped/);
    });
  },
);
