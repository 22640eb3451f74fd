import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { postfixObstacle } from './privileges.ts';

const run = promisify(execFile);

/** A running Postfix that shares nothing with the one of the system but its programs. */
export interface PostfixInstance {
  /** For `postqueue -c` and the like. */
  readonly configDirectory: string;
  /** Its mail log so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface PostfixOptions {
  /** Made, with all that is in it. Postfix's users must be able to pass through the directories above. */
  readonly directory: string;
  /** Where smtpd listens. */
  readonly address: string;
  readonly port: number;
  /** main.cf beyond what every instance here has. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How the SASL library of Cyrus checks logins: what Debian keeps in /etc/postfix/sasl/smtpd.conf. */
  readonly saslConfiguration?: string;
  /** Address of a resolver at port 53 that this instance asks instead of the system's. */
  readonly resolver?: string;
}

/** Starts a private Postfix, and resolves when its smtpd greets. Throws when not run by root. */
export async function startPostfix(options: PostfixOptions): Promise<PostfixInstance> {
  requireRoot();
  const configDirectory = path.join(options.directory, 'config');
  const mailLog = path.join(options.directory, 'mail.log');
  const daemonDirectory = (await run('postconf', ['-dh', 'daemon_directory'])).stdout.trim();
  await makeDirectories(options.directory);
  await writeSettled(path.join(configDirectory, 'main.cf'), mainCf(options, mailLog, daemonDirectory));
  await writeSettled(path.join(configDirectory, 'master.cf'), masterCf(options));
  if (options.saslConfiguration !== undefined) {
    await mkdir(saslDirectory(options));
    await writeFile(path.join(saslDirectory(options), 'smtpd.conf'), options.saslConfiguration);
  }

  const master = [path.join(daemonDirectory, 'master'), '-s', '-c', configDirectory];
  const resolvConf = path.join(options.directory, 'resolv.conf');
  if (options.resolver !== undefined) {
    // Without trust-ad glibc hides the AD bit.
    await writeFile(resolvConf, `nameserver ${options.resolver}\noptions trust-ad edns0\n`);
  }
  const withResolver = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const child = startChild(
    options.resolver === undefined ? master : ['sh', '-c', withResolver, resolvConf, ...master],
    { log: path.join(options.directory, 'output'), ownMounts: options.resolver !== undefined },
  );
  const log = () => readFile(mailLog, 'utf8').catch(() => '');
  try {
    await child.ready(() => greets(options.address, options.port));
  } catch (error) {
    await child.stop();
    throw new Error(`Postfix does not greet; its log:\n${await log()}`, { cause: error });
  }
  return { configDirectory, log, stop: child.stop };
}

/** Throws where no Postfix can be started. */
export function requireRoot(): void {
  const obstacle = postfixObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
}

/** Postfix waits for a file of this very second to settle; ours is complete, and says it is older. */
async function writeSettled(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  const earlier = new Date(Date.now() - 10_000);
  await utimes(file, earlier, earlier);
}

/** What `postfix check` would create, with the owners and modes of its postfix-files. */
async function makeDirectories(directory: string): Promise<void> {
  const queue = path.join(directory, 'queue');
  await Promise.all(
    ['config', 'queue/pid'].map((name) => mkdir(path.join(directory, name), { recursive: true })),
  );
  await Promise.all(
    ['', 'config', 'queue', 'queue/pid'].map((name) => chmod(path.join(directory, name), 0o755)),
  );
  const own = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private'];
  const names = [...own, 'saved', 'trace', '../data'].map((name) => path.join(queue, name));
  await run('install', ['-d', '-o', 'postfix', '-g', 'root', '-m', '700', ...names]);
  await run('install', ['-d', '-o', 'postfix', '-g', 'postdrop', '-m', '730', path.join(queue, 'maildrop')]);
  await run('install', ['-d', '-o', 'postfix', '-g', 'postdrop', '-m', '710', path.join(queue, 'public')]);
}

/** Debian's Postfix 3.7 looks there, whatever cyrus_sasl_config_path says; that of Debian 13 has to be told. */
const saslDirectory = ({ directory }: PostfixOptions): string => path.join(directory, 'config', 'sasl');

function mainCf(options: PostfixOptions, mailLog: string, daemons: string): string {
  const { directory, parameters } = options;
  const settings: Record<string, string> = {
    compatibility_level: '3.6',
    daemon_directory: daemons,
    queue_directory: path.join(directory, 'queue'),
    data_directory: path.join(directory, 'data'),
    maillog_file: mailLog,
    maillog_file_prefixes: directory,
    // Postfix refuses an address that no interface names, as those of 127/8 are but for one; master.cf may say it.
    inet_interfaces: 'loopback-only',
    inet_protocols: 'all',
    mynetworks: '127.0.0.0/8 [::1]/128',
    mydestination: '',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    smtputf8_enable: 'yes',
    biff: 'no',
    // Names of clients would be asked of the resolver of the machine, and no test leaves it.
    smtpd_peername_lookup: 'no',
    ...(options.saslConfiguration !== undefined && { cyrus_sasl_config_path: saslDirectory(options) }),
    ...parameters,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** Name, type, private, unprivileged, wake-up, process limit, command; nothing is chrooted. */
function masterCf({ address, port }: PostfixOptions): string {
  const services = [
    [
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      'inet',
      'n',
      '-',
      '-',
      '-',
      'smtpd',
    ],
    ['pickup', 'unix', 'n', '-', '60', '1', 'pickup'],
    ['cleanup', 'unix', 'n', '-', '-', '0', 'cleanup'],
    ['qmgr', 'unix', 'n', '-', '300', '1', 'qmgr'],
    ['tlsmgr', 'unix', '-', '-', '1000?', '1', 'tlsmgr'],
    ['tlsproxy', 'unix', '-', '-', '-', '0', 'tlsproxy'],
    ['rewrite', 'unix', '-', '-', '-', '-', 'trivial-rewrite'],
    ...['bounce', 'defer', 'trace'].map((name) => [name, 'unix', '-', '-', '-', '0', 'bounce']),
    ['verify', 'unix', '-', '-', '-', '1', 'verify'],
    ['flush', 'unix', 'n', '-', '1000?', '0', 'flush'],
    ['proxymap', 'unix', '-', 'n', '-', '-', 'proxymap'],
    ['smtp', 'unix', '-', '-', '-', '-', 'smtp'],
    ['showq', 'unix', 'n', '-', '-', '-', 'showq'],
    ['error', 'unix', '-', '-', '-', '-', 'error'],
    ['retry', 'unix', '-', '-', '-', '-', 'error'],
    ['discard', 'unix', '-', '-', '-', '-', 'discard'],
    ['virtual', 'unix', '-', 'n', '-', '-', 'virtual'],
    ['anvil', 'unix', '-', '-', '-', '1', 'anvil'],
    ['scache', 'unix', '-', '-', '-', '1', 'scache'],
    ['postlog', 'unix-dgram', 'n', '-', '-', '1', 'postlogd'],
  ];
  return services
    .map(([name, type, isPrivate, unprivileged, wakeUp, limit, command]) =>
      [name, type, isPrivate, unprivileged, 'n', wakeUp, limit, command].join(' '),
    )
    .join('\n')
    .concat('\n');
}

/** Whether an SMTP server greets there. */
async function greets(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port, timeout: 1000 });
  return new Promise((resolve) => {
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (greeting: Buffer) => {
      socket.end('QUIT\r\n');
      end(greeting.toString().startsWith('220'));
    });
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
