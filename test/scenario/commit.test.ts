import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { startRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { unless } from '../support/unless.ts';

const keep = belongings();

/** Undefined if system calls can be traced here, else why not. */
function whyNoTrace(): string | undefined {
  const trial = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=fdatasync', 'true'], {
    encoding: 'utf8',
  });
  if (trial.error !== undefined) return `strace: ${trial.error.message}`;
  return trial.status === 0 ? undefined : `strace: ${trial.stderr.trim()}`;
}

interface Call {
  /** Seconds since the epoch. */
  readonly begin: number;
  readonly end: number;
  readonly text: string;
}

/** System calls of several processes while `work` runs, by one tracer and so in one order. */
async function traced(pids: readonly number[], work: () => Promise<void>): Promise<readonly Call[]> {
  const directory = await mkdtemp(join(tmpdir(), 'dr-strace-'));
  const file = join(directory, 'calls');
  const args = [
    '-f',
    '-ttt',
    '-T',
    '-y',
    '-s',
    '65536',
    '-e',
    'trace=fdatasync,fsync,write,writev,sendto,sendmsg',
  ];
  const tracer = spawn('strace', [...args, '-o', file, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  tracer.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await until(
      () => pids.every((pid) => said.includes(`Process ${pid} attached`)),
      `strace; it says ${said}`,
    );
    await work();
  } finally {
    const ended = once(tracer, 'exit');
    tracer.kill('SIGINT');
    await ended;
  }
  const lines = (await readFile(file, 'utf8')).split('\n');
  await rm(directory, { recursive: true });
  return callsOf(lines);
}

/** `PID TIME call(…) = result <DURATION>`; a call may come in two lines when another one got in between. */
function callsOf(lines: readonly string[]): readonly Call[] {
  const open = new Map<string, { readonly begin: number; readonly text: string }>();
  return lines.flatMap((line) => {
    const [, pid = '', time, rest = ''] = /^(\d+) +([\d.]+) (.*)$/s.exec(line) ?? [];
    const begin = Number(time);
    if (rest.endsWith('<unfinished ...>')) {
      open.set(pid, { begin, text: rest });
      return [];
    }
    const duration = Number(/<([\d.]+)>$/.exec(rest)?.[1]);
    if (!Number.isFinite(duration)) return [];
    const started = rest.startsWith('<... ') ? open.get(pid) : undefined;
    const first = started?.begin ?? begin;
    return [{ begin: first, end: first + duration, text: `${started?.text ?? ''}${rest}` }];
  });
}

describe('250', () => {
  unless(whyNoTrace(), it)('is written to the client after the message was synced to disk', async () => {
    const redis = keep(await startPrivateRedis());
    const set = {
      'redis.url': `unix://${redis.socketPath}`,
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
    };
    const relay = keep(await startRelay({ set, role: 'intake' }));
    const ids: string[] = [];
    const large = `Subject: large\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(8_000)}`;
    const calls = await traced([redis.pid, relay.pid], async () => {
      for (let index = 0; index < 5; index += 1)
        ids.push(await sendMail(relay.port, { to: 'user@good.test' }));
      ids.push(await sendMail(relay.port, { to: 'user@good.test', raw: large }));
    });
    for (const id of ids) {
      const answer = calls.find(({ text }) => text.includes(`queued as ${id}`));
      const written = calls.filter(({ text }) => text.includes('.aof') && text.includes(id)).at(-1);
      expect(answer, `250 for ${id}`).toBeDefined();
      expect(written, `${id} in the append-only file`).toBeDefined();
      if (answer === undefined || written === undefined) continue;
      const synced = calls.filter(
        ({ text, begin, end }) =>
          /^f(?:data)?sync\(.*\.aof/.test(text) && begin >= written.end && end <= answer.begin,
      );
      expect(synced.length, `syncs between the write of ${id} and its 250`).toBeGreaterThan(0);
    }
  });
});
