import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import type { Lab } from '../lab/lab.ts';
import { labSettings, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { startSmallLab } from '../support/small-lab.ts';

let lab: Lab;
let relay: RunningRelay | undefined;

beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());
afterEach(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab.resolver.makeValidating();
});

function settings(): Record<string, string> {
  return {
    ...labSettings(lab),
    'dns.timeout': '5s',
    'dns.attempts': '1',
    'dns.probe_interval': '500ms',
    // Everything would be given up at its first failed attempt.
    'queue.lifetime': '0s',
  };
}

describe('a resolver that stops validating', () => {
  it('delivers nothing at dane, bounces nothing, says why, and goes on by itself', async () => {
    relay = await startRelay({ set: settings() });
    const { port } = relay;
    await until(async () => (await relay?.health())?.status === 200, 'health');
    const had = lab.host('mx.good.test').messages.length;
    await lab.resolver.makeNonValidating();

    const ids = await Promise.all(
      ['good.test', 'unsigned.test', 'wrong-key.test'].map((domain) =>
        sendMail(port, { to: `user@${domain}` }),
      ),
    );
    await relay.line(/dns\[\d+\]: error: DNSSEC validation is unavailable: .*waits, nothing is bounced/);
    const { status, body } = await relay.health();
    expect(status).toBe(503);
    expect(body.problems['resolver']).toMatch(/not DNSSEC validated/);
    // Long enough for a dozen attempts, had there been any.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(relay.matching(/: to=/)).toEqual([]);
    expect(lab.host('mx.good.test').messages).toHaveLength(had);

    await lab.resolver.makeValidating();
    await relay.line(new RegExp(`${ids[0]}: to=<user@good.test>.*status=sent`));
    await relay.line(new RegExp(`${ids[1]}: to=<user@unsigned.test>.*status=sent`));
    // Now it is the destination's fault again, and its time is up.
    await relay.line(new RegExp(`${ids[2]}: from=<sender@relay.test>, status=expired`));
    await until(async () => (await relay?.health())?.status === 200, 'health after recovery');
    expect(relay.matching(/error: DNSSEC validation is unavailable/)).toHaveLength(1);
  });

  it('never makes a signed domain look unsigned, not even for the one mail in between', async () => {
    // No probe is due for a minute: only the answers themselves give cause to look.
    relay = await startRelay({ set: { ...settings(), 'dns.probe_interval': '60s' } });
    await until(async () => (await relay?.health())?.status === 200, 'health');
    const host = lab.host('mx.wrong-key.test');
    const had = host.sessions.length;
    await lab.resolver.makeNonValidating();
    const queueId = await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await relay.line(/DNSSEC validation is unavailable/);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(host.sessions).toHaveLength(had);
    expect(relay.matching(new RegExp(`${queueId}: to=`))).toEqual([]);
  });
});

describe('a resolver that does not answer', () => {
  it('delays mail and bounces none, and mail goes out when it is back', async () => {
    relay = await startRelay({ set: settings() });
    await until(async () => (await relay?.health())?.status === 200, 'health');
    await lab.resolver.stop();
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(/dns\[\d+\]: error: DNS resolver is unavailable/);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(relay.matching(/status=(bounced|expired)/)).toEqual([]);
    await lab.resolver.start();
    await relay.line(new RegExp(`${queueId}: to=<user@good.test>.*status=sent`));
  });

  it('does not keep the relay from starting and taking mail', async () => {
    await lab.resolver.stop();
    relay = await startRelay({ set: settings() });
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await until(async () => (await relay?.health())?.status === 503, 'trouble');
    await lab.resolver.start();
    await relay.line(new RegExp(`${queueId}: to=<user@good.test>.*status=sent`));
  });
});

describe('without a configured resolver', () => {
  it('a private Unbound validates from the given trust anchor, and comes back when it dies', async () => {
    const { 'dns.servers': _, ...rest } = labSettings(lab);
    relay = await startRelay({
      set: {
        ...rest,
        'dns.trust_anchor': lab.trustAnchor,
        'dns.forwarders': lab.dnsServer,
        'dns.probe_interval': '500ms',
      },
    });
    const first = await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(new RegExp(`${first}: to=<user@good.test>.*status=sent`));
    expect(relay.matching(/Verified TLS connection established to mx\.good\.test/)).toHaveLength(1);
    const bogus = await sendMail(relay.port, { to: 'user@tlsa-fails.test' });
    await relay.line(new RegExp(`${bogus}: to=.*status=deferred \\(TLSA lookup error`));

    process.kill(unboundOf(relay.dataDir), 'SIGKILL');
    const second = await sendMail(relay.port, { to: 'user@ta.test' });
    await relay.line(new RegExp(`${second}: to=<user@ta.test>.*status=sent`));
  });
});

/** The process id of the private Unbound of a relay. */
function unboundOf(dataDir: string): number {
  return Number(execFileSync('pgrep', ['-f', `unbound.*${dataDir}`], { encoding: 'utf8' }).split('\n')[0]);
}
