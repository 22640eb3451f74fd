import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { RawClient } from '../intake/raw-client.ts';

const keep = belongings();
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notify-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What systemd does: it hears datagrams at NOTIFY_SOCKET, and knows who sent them. It prints `PID WORDS`, or `ended STATUS`. */
const listener = `
  use Socket; use POSIX (); $| = 1;
  my $place = shift @ARGV;
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0); (my $name = $place) =~ s/^@/\\0/;
  bind($s, pack_sockaddr_un($name)) or die;
  setsockopt($s, SOL_SOCKET, 16, 1) or die; # SO_PASSCRED
  my $pid = fork();
  if ($pid == 0) { $ENV{NOTIFY_SOCKET} = $place; $ENV{WATCHDOG_PID} = $$; exec @ARGV; }
  print "started $pid\\n";
  $SIG{TERM} = sub { kill 'TERM', $pid };
  $SIG{HUP} = sub { kill 'HUP', $pid };
  $SIG{CHLD} = sub { waitpid($pid, 0); print "ended $?\\n"; exit };
  while (1) {
    next unless defined recv($s, my $words, 4096, 0);
    $words =~ s/\\n/ /g; print "heard $words\\n";
  }`;

test.each([
  ['a path', () => join(directory, 'socket')],
  ['an abstract name', () => `@dane-relay-test-${process.pid}`],
])(
  'systemd hears that the relay takes mail, reads its files again, lives, and stops: %s',
  async (_, place) => {
    const port = await freePort('127.0.0.1');
    const set = { data_dir: directory, listen: `127.0.0.1:${port}`, 'dns.servers': '127.0.0.1:1' };
    const args = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const relay = [process.execPath, 'dist/main.js', 'run', ...args];
    const command = ['perl', 'systemd/with-notify-descriptor.pl', ...relay];
    const parent = spawn('perl', ['-e', listener, place(), ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DANE_RELAY_CONFIG: '', WATCHDOG_USEC: '2000000' },
    });
    keep({ [Symbol.asyncDispose]: async () => void parent.kill('SIGTERM') });
    let said = '';
    parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const heard = (): string[] => [...said.matchAll(/^heard (.*)$/gm)].map(([, words = '']) => words);
    const hears = (pattern: RegExp): Promise<unknown> =>
      until(() => heard().some((words) => pattern.test(words)), `the word ${pattern}`);

    await hears(/^READY=1/);
    expect(heard().at(-1)).toMatch(`READY=1 STATUS=taking mail on 127.0.0.1:${port}`);
    // It is true at once.
    const client = await RawClient.open({ host: '127.0.0.1', port });
    expect(await client.say('QUIT')).toMatch(/^(?:220|221)/);
    await hears(/^WATCHDOG=1$/);

    // Nothing of it is left for children, of which Unbound would answer for the relay.
    const pid = Number(/started (\d+)/.exec(said)?.[1]);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    expect(children.length).toBeGreaterThan(0);
    for (const child of children)
      expect(readFileSync(`/proc/${child}/environ`, 'latin1')).not.toMatch(/NOTIFY|WATCHDOG/);

    const before = heard().length;
    parent.kill('SIGHUP');
    await hears(/^RELOADING=1 MONOTONIC_USEC=\d+$/);
    await until(() => heard().slice(before).includes('READY=1'), 'the end of the reload');
    parent.kill('SIGTERM');
    await until(() => said.includes('ended'), 'its end');
    expect(heard()).toContain('STOPPING=1 STATUS=stopping');
    expect(said).toContain('ended 0');
  },
);

test('a relay that cannot say that it is ready says why', async () => {
  const port = await freePort('127.0.0.1');
  const sets = [`data_dir=${directory}`, `listen=127.0.0.1:${port}`, 'dns.servers=127.0.0.1:1'];
  const relay = spawn(process.execPath, ['dist/main.js', 'run', ...sets.flatMap((one) => ['--set', one])], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DANE_RELAY_CONFIG: '', NOTIFY_SOCKET: join(directory, 'nobody') },
  });
  let said = '';
  relay.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise((resolve) => relay.once('exit', resolve));
  await until(() => said.includes(': ready'), 'the relay');
  expect(said).toContain('NOTIFY_SOCKET is set and NOTIFY_FD is not');
  relay.kill('SIGTERM');
  await ended;
});
