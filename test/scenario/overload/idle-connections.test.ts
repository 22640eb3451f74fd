import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
const sockets: Socket[] = [];
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Files that this process may still open, with some to spare. */
function filesLeft(): number {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  return limit - 500;
}

/** Connects and says nothing. Resolves to the first octets, empty if there were none. */
async function idle(port: number, host = '127.0.0.1'): Promise<string> {
  const socket = connect({ port, host });
  sockets.push(socket);
  socket.on('error', () => {});
  const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return String(first);
}

async function idleClients(port: number, count: number): Promise<string[]> {
  const greetings: string[] = [];
  for (let done = 0; done < count; done += 200) {
    const batch = Array.from({ length: Math.min(200, count - done) }, () => idle(port));
    greetings.push(...(await Promise.all(batch)));
  }
  return greetings;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

describe('thousands of idle connections', () => {
  it('do not keep mail from being taken and delivered, and cost little', async () => {
    const count = Math.min(10_000, filesLeft());
    const relay = keep(
      await startRelay({
        set: {
          ...labSettings(lab),
          'intake.client_limit': '11000',
          'intake.client_connection_count_limit': '0',
        },
      }),
    );
    await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(/: removed/);
    const before = residentBytes(relay.pid);
    const greetings = await idleClients(relay.port, count);
    expect(greetings.every((greeting) => greeting.startsWith('220 '))).toBe(true);
    const each = (residentBytes(relay.pid) - before) / count;
    console.log(`${count} idle connections: ${Math.round(each / 1024)} KiB each`);
    expect(each).toBeLessThan(64 * 1024);
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(new RegExp(`${queueId}: removed`));
  });
});

describe('a process without files', () => {
  it('warns at its start', async () => {
    const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
    const relay = keep(
      await startRelay({
        set: { ...labSettings(lab), 'intake.client_limit': String(Math.min(100_000, limit)) },
      }),
    );
    await relay.line(/warning: \d+ files may be open at the same time, and this configuration may need \d+/);
  });

  it('closes the door to the surplus, goes on with those inside, and takes mail again when they are gone', async () => {
    const relay = keep(await startRelay({ set: labSettings(lab) }));
    const open =
      readFileSync('/proc/self/limits') &&
      Number(execFileSync('sh', ['-c', `ls /proc/${relay.pid}/fd | wc -l`]).toString());
    execFileSync('prlimit', ['--pid', String(relay.pid), `--nofile=${open + 20}:${open + 20}`]);
    const inside = connect(relay.port, '127.0.0.1');
    sockets.push(inside);
    await once(inside, 'data');
    await idleClients(relay.port, 100);
    inside.write('NOOP\r\n');
    expect(String((await once(inside, 'data'))[0])).toMatch(/^250 /);
    for (const socket of sockets.splice(0)) socket.destroy();
    await until(
      () =>
        sendMail(relay.port, { to: 'user@good.test' }).then(
          () => true,
          () => false,
        ),
      'mail to be taken again',
    );
    await relay.line(/: removed/);
  });
});
