import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { belongings } from '../support/belongings.ts';
import { runCommand } from '../support/run-command.ts';
import { labSettings, launchRelay, startRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { plainDomain, slowHosts } from '../support/slow-hosts.ts';

/** Mistakes of ours that nobody caught: they are written down, and no accepted mail is lost by them. */

const keep = belongings();
let lab: Lab;

beforeAll(async () => {
  lab = await startLab({
    domains: ['slow.test', 'mute.test'].map(plainDomain),
    hosts: slowHosts,
  });
});
afterAll(() => lab?.stop());

/** A program that does this inside of the relay when it gets SIGUSR2. */
function mistake(code: string): { readonly NODE_OPTIONS: string } {
  const program = `process.on('SIGUSR2', () => { ${code} })`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` };
}
const rejection = mistake(`Promise.reject(new Error('nobody waits for me'))`);
const exception = mistake(`throw new TypeError('nobody catches me')`);

describe('a promise that fails and that nobody waited for', () => {
  it('is told of with its stack and counted, and the relay goes on', async () => {
    const relay = keep(await startRelay({ set: labSettings(lab), env: rejection }));
    relay.signal('SIGUSR2');
    await relay.line(
      /master\[\d+\]: error: internal error, the relay goes on: Error: nobody waits for me at process\.<anonymous>/,
    );
    const id = await sendMail(relay.port, { to: 'user@slow.test' });
    await relay.line(new RegExp(`${id}: removed`));
    expect(await relay.metrics()).toContain('dane_relay_events_total{event="bug"} 1\n');
    expect(await relay.stop()).toBe(0);
  });
});

describe('an exception that nobody caught', () => {
  it('ends the relay in good order, with its own exit code, and loses nothing', async () => {
    const relay = keep(await startRelay({ set: labSettings(lab), env: exception }));
    const host = lab.host('mx.slow.test');
    const before = host.sessions.length;
    const slow = await sendMail(relay.port, { to: 'user@slow.test' });
    const mute = await sendMail(relay.port, { to: 'user@mute.test' });
    await until(() => host.sessions.length > before, 'a session');
    const hangs = (): boolean =>
      lab.host('mx.mute.test').sessions.some(({ plaintextCommands }) => plaintextCommands.length > 1);
    await until(hangs, 'MAIL');
    relay.signal('SIGUSR2');
    await relay.line(
      /master\[\d+\]: error: internal error, the relay ends: TypeError: nobody catches me at process\.<anonymous>/,
    );
    await relay.line(/: stopping$/);
    // A second one on the way out changes nothing.
    relay.signal('SIGUSR2');
    // What is under way comes to its end, and what hangs is given up at the first signal.
    await relay.line(new RegExp(`${slow}: removed`));
    relay.signal('SIGTERM');
    await until(() => {
      relay.signal('SIGTERM');
      return relay.matching(/: stopping at once$/).length > 0;
    }, 'the operator to be heard');
    expect(await relay.exited).toBe(70);
    const again = keep(await startRelay({ dataDir: relay.dataDir, set: labSettings(lab) }));
    const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: again.dataDir });
    expect(stdout.toString().trim().split('\n')).toEqual([expect.stringContaining(mute)]);
  });

  it('before the relay is up ends it at once', async () => {
    const early = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(atStart)}` };
    const relay = keep(await launchRelay({ set: labSettings(lab), env: early }));
    expect(await relay.exited).toBe(70);
    expect(relay.matching(/^dane-relay: internal error, the relay ends: TypeError: too early/)).toHaveLength(
      1,
    );
  });
});

/** As soon as there is somebody to hear of it. */
const atStart = `const timer = setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0) return;
  clearInterval(timer);
  throw new TypeError('too early');
}, 1)`;
