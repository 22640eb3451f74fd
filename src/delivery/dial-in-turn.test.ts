import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { candidateAt, policyAt } from '../../test/support/delivery-kit.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Candidate } from './route.ts';
import { dialInTurn, type Turn } from './dial-in-turn.ts';
import type { Dialled } from './ports.ts';
import { createReachability } from './reachability.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/**
 * What a host does when it is called: answers or refuses after so many ms, never comes back within the timeout, is
 * skipped, or answers at the very moment at which it is hung up on.
 */
type Host = { readonly answers: number } | { readonly refuses: number } | 'silent' | 'skipped' | 'late';

const CONNECT_TIMEOUT_MS = 30_000;

function network(hosts: Readonly<Record<string, readonly [preference: number, host: Host]>>) {
  const calls: string[] = [];
  const closed: string[] = [];
  const policies: string[] = [];
  const say = (what: string): unknown => calls.push(`${Date.now() - start} ${what}`);
  const start = Date.now();

  const candidates = Object.entries(hosts).map(([address, [preference, host]]): Candidate => ({
    ...candidateAt('mx.test'),
    address,
    family: address.startsWith('six') ? 6 : 4,
    preference,
    async policy() {
      policies.push(address);
      if (host === 'skipped')
        return { kind: 'skip', reason: 'no', dsn: '4.7.5', fault: 'resolver', warnings: [] };
      return policyAt('may', { key: address });
    },
  }));

  const trouble = (address: string, silent: boolean): Dialled => {
    const status: Trouble = { outcome: 'deferred', dsn: '4.4.1', reason: address, scope: 'host' };
    return { kind: 'trouble', status, silent };
  };
  function dial({ address }: Candidate, signal: AbortSignal): Promise<Dialled> {
    const [, host] = hosts[address] ?? [0, 'silent'];
    say(address);
    return new Promise((resolve) => {
      const connection = {
        open: () => Promise.reject(new Error('?')),
        close: () => void closed.push(address),
      };
      const open: Dialled = { kind: 'open', connection };
      signal.addEventListener('abort', () => resolve(host === 'late' ? open : trouble(address, false)));
      if (typeof host === 'string') {
        setTimeout(() => resolve(trouble(address, true)), CONNECT_TIMEOUT_MS);
      } else if ('refuses' in host) {
        setTimeout(() => resolve(trouble(address, false)), host.refuses);
      } else {
        setTimeout(() => resolve(open), host.answers);
      }
    });
  }
  return { candidates, calls, closed, policies, dial, say };
}

const reachability = () => createReachability(() => Date.now());

/** Takes steps until `enough`; each with the time at which it came. */
async function walk(
  world: ReturnType<typeof network>,
  enough: (step: Turn) => boolean = () => false,
  memory = reachability(),
  signal = new AbortController().signal,
): Promise<string[]> {
  const start = Date.now();
  const steps: string[] = [];
  const ports = { dial: world.dial, reachability: memory, headStartMs: 250 };
  const walking = (async () => {
    for await (const step of dialInTurn(world.candidates, ports, signal)) {
      steps.push(`${Date.now() - start} ${step.kind} ${step.candidate.address}${step.more ? ' +' : ''}`);
      if (enough(step)) break;
    }
  })();
  await vi.runAllTimersAsync();
  await walking;
  return steps;
}

const reached = ({ kind }: Turn): boolean => kind === 'reached';

describe('dialInTurn()', () => {
  test('one after the other, and no company for one that answers in time', async () => {
    const world = network({ a: [10, { answers: 40 }], b: [10, { answers: 40 }] });
    expect(await walk(world, reached)).toEqual(['40 reached a +']);
    expect(world.calls).toEqual(['0 a']);
    expect(world.policies).toEqual(['a']);
  });

  test('a silent address costs its head start, not the timeout', async () => {
    const world = network({ six: [10, 'silent'], four: [10, { answers: 20 }] });
    expect(await walk(world, reached)).toEqual(['270 reached four +']);
    expect(world.calls).toEqual(['0 six', '250 four']);
  });

  test('and the next time nothing', async () => {
    const world = network({ six: [10, 'silent'], four: [10, { answers: 20 }] });
    const memory = reachability();
    await walk(world, reached, memory);
    expect(await walk(world, reached, memory)).toEqual(['20 reached four +']);
  });

  test('a better host is never overtaken', async () => {
    const world = network({ a: [10, 'silent'], b: [20, { answers: 20 }] });
    expect(await walk(world, reached)).toEqual(['30000 unreachable a +', '30020 reached b']);
    expect(world.calls).toEqual(['0 a', '30000 b']);
  });

  test('a refusal makes room at once', async () => {
    const world = network({ a: [10, { refuses: 10 }], b: [10, { refuses: 10 }], c: [20, { answers: 10 }] });
    expect(await walk(world)).toEqual(['10 unreachable a +', '20 unreachable b +', '30 reached c']);
  });

  test('each is asked for its policy before it is called, and one that is passed over is not called', async () => {
    const world = network({ a: [10, 'silent'], b: [10, 'skipped'], c: [10, { answers: 10 }] });
    expect(await walk(world, reached)).toEqual(['250 skipped b +', '510 reached c +']);
    expect(world.calls).toEqual(['0 a', '500 c']);
    expect(world.policies).toEqual(['a', 'b', 'c']);
  });

  test('the slow one that lost is tried when the fast one was no good', async () => {
    const world = network({ a: [10, { answers: 400 }], b: [10, { answers: 10 }] });
    expect(await walk(world)).toEqual(['260 reached b +', '660 reached a']);
    expect(world.calls).toEqual(['0 a', '250 b', '260 a']);
  });

  test('who answers after all comes first, and is not blamed for being late', async () => {
    const world = network({ a: [10, { answers: 260 }], b: [10, { answers: 100 }] });
    const memory = reachability();
    expect(await walk(world, reached, memory)).toEqual(['260 reached a +']);
    // b had ten milliseconds.
    expect(memory.order(world.candidates).map(({ address }) => address)).toEqual(['a', 'b']);
  });

  test('all silent: each is told of, in the time of one timeout and the head starts', async () => {
    const world = network({ a: [10, 'silent'], b: [10, 'silent'], c: [10, 'silent'] });
    expect(await walk(world)).toEqual([
      '30000 unreachable a +',
      '30250 unreachable b +',
      '30500 unreachable c',
    ]);
  });

  test('a connection that comes when nobody wants it any more is closed', async () => {
    const world = network({ a: [10, 'late'], b: [10, { answers: 10 }] });
    expect(await walk(world, reached)).toEqual(['260 reached b +']);
    expect(world.closed).toEqual(['a']);
  });

  test('an aborted delivery hangs up', async () => {
    const world = network({ a: [10, 'silent'], b: [10, 'silent'] });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    expect(await walk(world, undefined, undefined, stop.signal)).toEqual([
      '300 unreachable a +',
      '300 unreachable b',
    ]);
  });
});
