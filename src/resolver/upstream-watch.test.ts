import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Trial } from './trial.ts';
import type { Upstream } from './upstream.ts';
import { watchUpstream } from './upstream-watch.ts';
import type { UpstreamWatch } from './upstream-watch.ts';

const tickMs = 5000;
const reviewMs = 300_000;

/** A network, and what the watch makes of it. */
class Net {
  resolvConf = 'nameserver 10.0.0.1\n';
  rootWorks = true;
  working = new Set(['10.0.0.1']);
  sound = true;
  trialMs = 20;
  lines: string[] = [];
  asked: string[] = [];
  tried: string[] = [];
  watch: UpstreamWatch | undefined;

  start(): void {
    const trial = async (address: string, works: () => boolean, signal: AbortSignal): Promise<Trial> => {
      this.tried.push(address);
      await new Promise((resolve) => setTimeout(resolve, this.trialMs));
      signal.throwIfAborted();
      const good = works();
      return { server: { address, port: 53 }, works: good, what: good ? '' : 'no reply' };
    };
    this.watch = watchUpstream({
      readResolvConf: async () => this.resolvConf,
      tryRoot: (signal) => trial('root', () => this.rootWorks, signal),
      tryServer: ({ address }, signal) => trial(address, () => this.working.has(address), signal),
      ask: async (upstream: Upstream) => {
        this.asked.push(
          upstream.kind === 'root' ? 'root' : upstream.servers.map(({ address }) => address).join(),
        );
      },
      isSound: () => this.sound,
      say: (severity, text) => this.lines.push(`${severity} ${text}`),
      now: Date.now,
      tickMs,
      reviewMs,
    });
  }
}

let net: Net;
beforeEach(() => {
  vi.useFakeTimers();
  net = new Net();
});
afterEach(() => {
  net.watch?.stop();
  vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('watchUpstream(): where the root servers can be asked nothing else matters, and nobody is tried again', async () => {
  net.start();
  await pass(100);
  await net.watch?.begun;
  expect([net.asked, net.lines]).toEqual([[], ['info the private Unbound asks the root servers']]);
  net.tried = [];
  net.resolvConf = 'nameserver 10.0.0.9\n';
  await pass(24 * 3_600_000);
  expect(net.tried).toEqual([]);
});

test('watchUpstream(): where port 53 is closed the forwarders are asked, those that work', async () => {
  net.rootWorks = false;
  net.resolvConf = 'nameserver 10.0.0.2\nnameserver 10.0.0.1\n';
  net.start();
  await pass(100);
  expect(net.asked).toEqual(['10.0.0.1']);
  expect(net.lines).toEqual([
    'info the private Unbound asks 10.0.0.1 of /etc/resolv.conf and validates what they say, for the root servers ' +
      'cannot be asked: no reply; 10.0.0.2 of /etc/resolv.conf: no reply',
  ]);
});

test('watchUpstream(): back to the root servers after two good reviews, not one', async () => {
  net.rootWorks = false;
  net.start();
  await pass(100);
  net.rootWorks = true;
  await pass(reviewMs + tickMs);
  expect(net.asked).toEqual(['10.0.0.1']);
  net.rootWorks = false;
  await pass(reviewMs + tickMs);
  net.rootWorks = true;
  await pass(reviewMs + tickMs);
  expect(net.asked).toEqual(['10.0.0.1']);
  await pass(reviewMs + tickMs);
  expect(net.asked).toEqual(['10.0.0.1', 'root']);
  expect(net.lines.at(-1)).toBe('info the private Unbound asks the root servers');
});

test('watchUpstream(): at once, if the forwarders do not validate any more', async () => {
  net.rootWorks = false;
  net.start();
  await pass(100);
  [net.rootWorks, net.sound] = [true, false];
  await pass(tickMs + 100);
  expect(net.asked).toEqual(['10.0.0.1', 'root']);
});

test('watchUpstream(): a resolv.conf that changes counts while its servers are asked', async () => {
  net.rootWorks = false;
  net.start();
  await pass(100);
  net.working.add('10.0.0.7');
  net.resolvConf = 'nameserver 10.0.0.7\n';
  await pass(tickMs + 100);
  expect(net.asked).toEqual(['10.0.0.1', '10.0.0.7']);
});

test('watchUpstream(): the root servers go out of reach while the relay runs', async () => {
  net.start();
  await pass(3_600_000);
  [net.rootWorks, net.sound] = [false, false];
  await pass(tickMs + 100);
  expect(net.asked).toEqual(['10.0.0.1']);
});

test('watchUpstream(): that shows in lookups that fail, while the probes are answered from a cache', async () => {
  net.start();
  await pass(3_600_000);
  net.rootWorks = false;
  net.watch?.suspect();
  net.watch?.suspect();
  await pass(600_000);
  expect(net.asked).toEqual([]);
  net.watch?.suspect();
  await pass(tickMs + 100);
  expect(net.asked).toEqual(['10.0.0.1']);
});

test('watchUpstream(): trouble that is over is found to be over, though the probes never failed', async () => {
  net.start();
  await pass(100);
  [net.rootWorks, net.working] = [false, new Set()];
  for (let lookup = 0; lookup < 3; lookup++) net.watch?.suspect();
  await pass(tickMs + 100);
  expect(net.watch?.trouble()).toMatch(/^nobody can be asked/);
  net.rootWorks = true;
  await pass(60_000 + tickMs);
  expect([net.watch?.trouble(), net.lines.at(-1)]).toEqual([
    undefined,
    'info the private Unbound asks the root servers',
  ]);
});

test('watchUpstream(): lookups that fail for reasons of their own have nobody tried more than once a minute', async () => {
  net.start();
  await pass(100);
  const failing = setInterval(() => net.watch?.suspect(), 10);
  await pass(600_000);
  net.tried = [];
  await pass(600_000);
  clearInterval(failing);
  expect(net.tried.filter((one) => one === 'root').length).toBeLessThanOrEqual(11);
  expect(net.asked).toEqual([]);
});

test('watchUpstream(): a start without a network says so once, and finds it when it comes', async () => {
  net.rootWorks = false;
  net.working.clear();
  net.resolvConf = '';
  net.sound = false;
  net.start();
  await pass(100);
  expect(net.watch?.trouble()).toMatch(/^nobody can be asked for DNS records: /);
  await pass(600_000);
  expect(net.lines).toEqual([
    'warning nobody can be asked for DNS records: the root servers: no reply; no server in /etc/resolv.conf; ' +
      'mail waits, nothing is bounced',
  ]);
  net.resolvConf = 'nameserver 10.0.0.1\n';
  net.working.add('10.0.0.1');
  await pass(tickMs + 100);
  expect([net.asked, net.watch?.trouble()]).toEqual([['10.0.0.1'], undefined]);
});

test('watchUpstream(): and if the root servers come back instead, that is said too', async () => {
  net.rootWorks = false;
  net.working.clear();
  net.sound = false;
  net.start();
  await pass(100);
  net.rootWorks = true;
  await pass(60_000);
  net.sound = true;
  expect(net.asked).toEqual([]);
  expect(net.lines.at(-1)).toBe('info the private Unbound asks the root servers');
});

test('watchUpstream(): while nothing helps it is tried less and less often, down to once a minute', async () => {
  net.rootWorks = false;
  net.working.clear();
  net.sound = false;
  net.start();
  await pass(600_000);
  const before = net.tried.length;
  await pass(600_000);
  // Two each time: one of the root's and one of resolv.conf.
  expect(net.tried.length - before).toBeLessThanOrEqual(22);
  expect(net.tried.length - before).toBeGreaterThanOrEqual(16);
});

test('watchUpstream(): a resolver that is unsound for another reason is not started again and again', async () => {
  net.sound = false;
  net.start();
  await pass(3_600_000);
  expect(net.asked).toEqual([]);
  expect(net.lines).toEqual(['info the private Unbound asks the root servers']);
});

test('stop(): calls off what is under way', async () => {
  net.trialMs = 1000;
  net.start();
  net.watch?.stop();
  await pass(60_000);
  await net.watch?.begun;
  expect([net.lines, net.tried.length]).toEqual([[], 2]);
});
