import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { unless } from '../../support/unless.ts';

/**
 * A process that is really short of something calls a host. What comes of it must not be held against the host, and the
 * mail must not be returned for it.
 */

const sessions = path.join(import.meta.dirname, '../../../dist/session/connect.js');
const alone = ['unshare', '--user', '--map-root-user', '--net'];
const mayLimitPorts = 'echo 20000 20001 > /proc/sys/net/ipv4/ip_local_port_range';
const isAllowed = spawnSync(alone[0] ?? '', [...alone.slice(1), 'sh', '-c', mayLimitPorts]).status === 0;

/** Runs a program, put together from `before` and a call to `address`, behind a shell command; what the call came to. */
async function callFrom(shell: string, before: string, address: string, around: readonly string[] = []) {
  const program = `
    import { once } from 'node:events';
    import { closeSync, openSync } from 'node:fs';
    import { connect, createServer } from 'node:net';
    import { dial } from ${JSON.stringify(sessions)};
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const events = [];
    const options = { timeouts: { connectMs: 5000 }, log: (event) => events.push(event) };
    const never = new AbortController().signal;
    ${before}
    const called = await dial({ host: 'mx.test', address: '${address}', port }, options, never);
    process.stdout.write(JSON.stringify({ called, events }));
    process.exit(0);`;
  const node = `exec ${process.execPath} --input-type=module`;
  const [command, ...args] = [...around, 'sh', '-c', `${shell}; ${node}`];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(program);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
}

function ours(text: string) {
  const reason = expect.stringMatching(
    new RegExp(`^connect to mx\\.test\\[127\\.0\\.0\\.1\\]:\\d+: ${text}$`),
  ) as string;
  return {
    called: {
      kind: 'trouble',
      silent: false,
      status: { outcome: 'deferred', dsn: '4.4.1', ours: true, reason },
    },
    events: [{ event: 'shortage', severity: 'error', text: reason }],
  };
}

test('no file can be opened any more', async () => {
  const before = `
    const files = [];
    try { for (;;) files.push(openSync('/dev/null')); } catch {}`;
  expect(await callFrom('ulimit -n 128', before, '127.0.0.1')).toMatchObject(ours('Too many open files'));
});

unless(isAllowed ? undefined : 'no network of its own can be set up', describe)(
  'in a network of its own',
  () => {
    test('no local port is left', async () => {
      const shell = `ip link set lo up; ${mayLimitPorts}`;
      // The server has one of the ports; connections to it take what there is.
      const before = `
      for (let free = true; free;) {
        const socket = connect(port, '127.0.0.1');
        free = await new Promise((resolve) => socket.on('connect', () => resolve(true)).on('error', () => resolve(false)));
      }`;
      expect(await callFrom(shell, before, '127.0.0.1', alone)).toMatchObject(
        ours('Cannot assign requested address'),
      );
    });

    test('no IPv6 at all is no shortage: mail for such a host must come back in the end', async () => {
      const shell = 'ip link set lo up; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
      const found = await callFrom(shell, '', '2001:db8::25', alone);
      expect(found).toMatchObject({
        called: { status: { outcome: 'deferred', scope: 'host' } },
        events: [{ event: 'connect failed' }],
      });
      expect(found).not.toHaveProperty('called.status.ours');
    });
  },
);
