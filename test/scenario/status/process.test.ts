import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { RawClient } from '../intake/raw-client.ts';

/** What the relay tells of its own process. */

const keep = belongings();
const alone = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' };

async function problems(relay: RunningRelay): Promise<Readonly<Record<string, string>>> {
  return (await relay.health()).body.problems;
}

function metric(text: string, name: string): number {
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}

describe('a piece of work that holds the event loop', () => {
  it('is in the log, in the metrics, and in health for a minute', async () => {
    // Counted in work: so much of the processor, however long a busy machine takes to give it.
    const work = `process.on('SIGUSR2', () => {
      const used = process.cpuUsage();
      for (let done = 0; done < 3_000_000;) {
        const { user, system } = process.cpuUsage(used);
        done = user + system;
      }
    })`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(work)}` };
    const relay = keep(await startRelay({ set: alone, env }));
    await until(
      async () => metric(await relay.metrics(), 'dane_relay_event_loop_delay_seconds_count') > 0,
      'a look',
    );
    relay.signal('SIGUSR2');
    await relay.line(
      /master\[\d+\]: warning: the event loop was held: nothing else was done for \d+\.\d\d s \(\d/,
    );
    const text = await relay.metrics();
    for (const over of ['minute', 'life']) {
      for (const of of ['delay', 'work']) {
        const name = `dane_relay_event_loop_longest_${of}_seconds{over="${over}"}`;
        expect(metric(text, name), name).toBeGreaterThan(1);
      }
    }
    expect((await problems(relay))['event loop']).toMatch(/^in the last minute, nothing else was done for /);
  });
});

describe('files', () => {
  it('that are nearly all open are in the log and in health, until there are more', async () => {
    const relay = keep(await startRelay({ set: alone }));
    const open = (await readdir(`/proc/${relay.pid}/fd`)).length;
    const allow = (count: number): void =>
      void execFileSync('prlimit', [`--pid=${relay.pid}`, `--nofile=${count}:20000`]);
    allow(open + 1);
    await relay.line(/master\[\d+\]: warning: \d+ of \d+ files that may be open are$/);
    // One or two are open for a moment only.
    expect((await problems(relay))['files']).toMatch(
      new RegExp(`^\\d+ of ${open + 1} files that may be open are$`),
    );
    allow(10_000);
    await relay.line(/master\[\d+\]: files: enough is free again$/);
    expect(await problems(relay)).toEqual({});
    expect(metric(await relay.metrics(), 'process_max_fds')).toBe(10_000);
  });

  it('that are all open keep clients out for as long as that lasts, and end nothing', async () => {
    const relay = keep(await startRelay({ set: alone }));
    const allow = (count: number): void =>
      void execFileSync('prlimit', [`--pid=${relay.pid}`, `--nofile=${count}:20000`]);
    // Fewer than are open: not even the one that libuv keeps for this helps.
    allow(8);
    const knocks = Array.from({ length: 20 }, async () => {
      const socket = connect({ host: '127.0.0.1', port: relay.port });
      socket.on('error', () => {});
      await Promise.race([once(socket, 'close'), sleep(200)]);
      socket.destroy();
    });
    await Promise.all(knocks);
    allow(10_000);
    const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
    expect(await client.reply()).toMatch(/^220 /);
    client.socket.destroy();
    expect(await relay.stop()).toBe(0);
  });
});
