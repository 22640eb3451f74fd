import { execFile, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../src/children/free-port.ts';
import { startChild } from '../../lab/child.ts';
import type { Lab } from '../../lab/lab.ts';
import { namespaceObstacle, programObstacle, searchPath } from '../../lab/privileges.ts';
import { until } from '../../lab/until.ts';
import type { MtaAdapter, RunningMta } from '../mta.ts';
import { outcomeInEximLog } from './exim-log.ts';
import { submitOverSmtp } from './submit-over-smtp.ts';

/** Debian has it where only root looks. */
const env = { ...process.env, PATH: searchPath() };
const call = promisify(execFile);
const run = (program: string, words: readonly string[]) => call(program, words, { env });

/** The Exim of this machine (Debian: exim4-daemon-heavy or exim4-daemon-light), with `hosts_try_dane = *`. */
export const exim: MtaAdapter = {
  name: 'Exim',
  obstacle() {
    const namespaces = namespaceObstacle();
    if (namespaces !== undefined) return `${namespaces} start an Exim`;
    const missing = programObstacle('exim4');
    if (missing !== undefined) return missing;
    const { stdout } = spawnSync('exim4', ['-bV', '-C', '/dev/null'], { encoding: 'utf8', env });
    return /^Support for:.* DANE\b/m.test(stdout) ? undefined : 'this Exim was built without DANE';
  },
  start: startExim,
};

async function startExim(lab: Lab): Promise<RunningMta> {
  const directory = path.join(lab.directory, 'exim');
  const host = '127.0.0.1';
  const place = { host, port: await freePort(host) };
  const resolver = await lab.startResolver({ validating: true, port: 53 });
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'Debian-exim'])).stdout)),
  );
  for (const each of [directory, path.join(directory, 'spool'), path.join(directory, 'log')]) {
    await mkdir(each, { recursive: true });
    await chmod(each, 0o755);
    await chown(each, uid ?? 0, gid ?? 0);
  }
  const configuration = path.join(directory, 'exim.conf');
  await writeFile(configuration, configurationOf(directory, place, lab.port));
  // Without trust-ad glibc hides the AD bit.
  const resolvConf = path.join(directory, 'resolv.conf');
  await writeFile(resolvConf, `nameserver ${resolver.address}\noptions trust-ad edns0\n`);
  const withResolver = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const words = ['exim4', '-C', configuration, '-bdf', '-q1h'];
  const child = startChild(['sh', '-c', withResolver, resolvConf, ...words], {
    log: path.join(directory, 'output'),
    ownMounts: true,
  });
  const log = async (): Promise<readonly string[]> => {
    const text = await readFile(path.join(directory, 'log/mainlog'), 'utf8').catch(() => '');
    return text.split('\n');
  };
  try {
    await until(async () => (await log()).some((line) => line.includes('daemon started')), 'Exim to start');
  } catch (error) {
    await child.stop();
    throw new Error(`Exim does not start; its log:\n${(await log()).join('\n')}`, { cause: error });
  }
  const { stdout } = await run('exim4', ['-C', configuration, '-bV']);
  return {
    version: /^Exim version \S+/m.exec(stdout)?.[0].replace('version ', '') ?? 'Exim',
    submit: (to) => submitOverSmtp(place, to, /OK id=(\S+)/),
    outcome: async (id) => outcomeInEximLog(await log(), id),
    // A queue run is a process of its own, and would ask the resolver of the machine.
    async flush() {
      const queueRun = ['exim4', '-C', configuration, '-qff'];
      await run('unshare', ['--mount', 'sh', '-c', withResolver, resolvConf, ...queueRun]);
    },
    stop: () => child.stop(),
  };
}

function configurationOf(
  directory: string,
  place: { readonly host: string; readonly port: number },
  port: number,
): string {
  return `primary_hostname = client.test
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
log_selector = +tls_certificate_verified +tls_cipher +tls_peerdn
daemon_smtp_ports = ${place.port}
local_interfaces = ${place.host}
tls_advertise_hosts =
acl_smtp_rcpt = accept
dns_dnssec_ok = 1
never_users =
begin acl
begin routers
lookup:
  driver = dnslookup
  transport = remote
  dnssec_request_domains = *
  ignore_target_hosts = 0.0.0.0
  self = send
  no_more
begin transports
remote:
  driver = smtp
  port = ${port}
  allow_localhost
  hosts_try_dane = *
  dnssec_request_domains = *
  interface = 127.0.0.2
begin retry
* * F,2d,1h
begin rewrite
begin authenticators
`;
}
