import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, lstat, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import type { Lab } from '../lab/lab.ts';
import { namespaceObstacle } from '../lab/privileges.ts';
import { removeDataDir } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { startSmallLab } from '../support/small-lab.ts';
import { unless } from '../support/unless.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const unit = fileURLToPath(new URL('../../systemd/dane-relay.service', import.meta.url));
const nobody = 65_534;

/**
 * As ProtectSystem=strict: everything is read-only but one directory, and the kernel's own. The project is seen where anybody
 * may read it, for it may lie in the home directory of root.
 */
const readOnly = `
mount --make-rprivate / && mount --bind "$0" "$0" && mount --bind "$1" "$2" || exit 1
shift 2
for place in $(awk '$2 !~ "^/(dev|proc|sys)(/|$)" && $2 != directory { print $2 }' directory="$0" /proc/self/mounts); do
  mount -o remount,bind,ro "$place" || exit 1
done
exec "$@"`;
const confined = ['--mount', '--propagation', 'private', 'sh', '-c', readOnly];
const unprivileged = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--pdeathsig=TERM',
];

let lab: Lab;
let dataDir: string;
let readable: string;

async function prepare(): Promise<void> {
  lab = await startSmallLab();
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  await copyFile(lab.trustAnchor, join(dataDir, 'anchor'));
  await chown(join(dataDir, 'anchor'), nobody, nobody);
  await chown(dataDir, nobody, nobody);
  readable = await mkdtemp(join(tmpdir(), 'dane-relay-program-'));
  await chmod(readable, 0o755);
}

async function putAway(): Promise<void> {
  await removeDataDir(dataDir);
  await rmdir(readable);
  await lab.stop();
}

const obstacle = namespaceObstacle();
const whyNot = obstacle === undefined ? undefined : `${obstacle} confine another user`;

unless(whyNot, describe)('as a user without privileges, where only data_dir can be written', () => {
  beforeAll(prepare);
  afterAll(putAway);

  it('the relay accepts and delivers mail with a Redis and an Unbound of its own, and stops in order', async () => {
    const settings = {
      data_dir: dataDir,
      listen: '127.0.0.1:0',
      hostname: 'relay.test',
      'dns.servers': '',
      'dns.forwarders': lab.dnsServer,
      'dns.trust_anchor': join(dataDir, 'anchor'),
      'delivery.port': String(lab.port),
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const command = [...unprivileged, process.execPath, join(readable, 'dist/main.js'), 'run', ...set];
    const child = spawn('unshare', [...confined, dataDir, project, readable, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], DANE_RELAY_CONFIG: '' },
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => lines.push(line));
    try {
      const said = (pattern: RegExp) =>
        until(
          () => {
            if (child.exitCode !== null)
              throw new Error(`it ended with ${child.exitCode}:\n${lines.join('\n')}`);
            return lines.some((line) => pattern.test(line));
          },
          `${pattern.source} in\n${lines.join('\n')}`,
        );
      await said(/: ready$/);
      const port = Number(/listening on [\d.]+:(\d+)/.exec(lines.join('\n'))?.[1]);
      const queueId = await sendMail(port, { to: 'user@good.test' });
      await said(new RegExp(`${queueId}: to=<user@good.test>.*status=sent`));
      await said(/Verified TLS connection established/);

      expect(await ownersAndModes(dataDir)).toEqual([]);
      const health = await promisify(execFile)(process.execPath, [
        join(project, 'dist/main.js'),
        'health',
        '--set',
        `data_dir=${dataDir}`,
      ]);
      expect(health.stdout).toBe('ok\n');
    } finally {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
    expect(lines.filter((line) => /error|EACCES|EROFS|permission/i.test(line))).toEqual([]);
  });
});

/** What in the directory another user than its owner could reach; the directory itself comes first. */
async function ownersAndModes(directory: string): Promise<string[]> {
  const own = await lstat(directory);
  const wrong = own.uid === nobody && (own.mode & 0o077) === 0 ? [] : [directory];
  for (const name of await readdir(directory)) {
    const { uid, mode } = await lstat(join(directory, name));
    const isPrivate = !['redis', 'unbound'].includes(name) || (mode & 0o077) === 0;
    if (uid !== nobody || !isPrivate) wrong.push(name);
  }
  return wrong;
}

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;

unless(isThere ? undefined : 'systemd-analyze is not installed', describe)('the unit of systemd', () => {
  it('leaves next to nothing to a relay that was taken over', async () => {
    const { stdout } = await promisify(execFile)('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=15',
      unit,
    ]);
    expect(stdout).toMatch(/Overall exposure level for dane-relay\.service: (?:0\.\d|1\.[0-5]) OK/);
  });
});
