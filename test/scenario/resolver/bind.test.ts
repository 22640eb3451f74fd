import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startBind, type Bind } from './bind.ts';

let lab: Lab;
let bind: Bind;
let relay: RunningRelay | undefined;

beforeAll(async () => {
  const { domains, hosts } = await standardWorld();
  lab = await startLab({
    domains: domains.filter(({ name }) => name !== 'postfix.test'),
    hosts: hosts.filter(({ kind }) => kind !== 'postfix'),
  });
  bind = await startBind(lab);
});
afterAll(async () => {
  await bind?.stop();
  await lab?.stop();
});
afterEach(() => relay?.[Symbol.asyncDispose]());

async function startAtBind(): Promise<RunningRelay> {
  relay = await startRelay({
    set: {
      ...labSettings(lab),
      'dns.servers': bind.server,
      'dns.unsigned_probe': 'mx:unsigned.test',
      'dns.bogus_probe': 'mx:bogus.test',
      'dns.probe_interval': '500ms',
    },
  });
  return relay;
}

describe('with BIND as the resolver', () => {
  it('all three probes are answered as they must be', async () => {
    const { line, health } = await startAtBind();
    await line(
      /DNSSEC validation is available: dnssec_probe .*, unsigned_probe .* unsigned one, bogus_probe .* rejected/,
    );
    expect((await health()).status).toBe(200);
  });

  it.each([
    ['good.test', 'Verified', 'sent'],
    ['ta.test', 'Verified', 'sent'],
    ['alias.test', 'Verified', 'sent'],
    ['implicit.test', 'Verified', 'sent'],
    ['half.test', 'Trusted', 'sent'],
    ['no-tlsa.test', 'Untrusted', 'sent'],
    ['unsigned.test', 'Untrusted', 'sent'],
    ['wrong-key.test', 'Untrusted', 'deferred'],
    ['tlsa-fails.test', undefined, 'deferred'],
    ['bogus.test', undefined, 'deferred'],
    ['nxdomain.test', undefined, 'bounced'],
    ['null-mx.test', undefined, 'bounced'],
  ])('%s: %s, %s', async (domain, level, status) => {
    const { port, line, matching } = await startAtBind();
    const queueId = await sendMail(port, { to: `user@${domain}` });
    expect(await line(new RegExp(`${queueId}: to=.*status=`))).toContain(`status=${status}`);
    const made = matching(/ TLS connection established/).map((text) => / (\w+) TLS conn/.exec(text)?.[1]);
    expect(made).toEqual(level === undefined ? [] : [level]);
  });

  it('its reasons are told', async () => {
    const { port, line } = await startAtBind();
    await sendMail(port, { to: 'user@bogus.test' });
    await line(/lookup problem: .*name=bogus\.test type=MX: SERVFAIL/);
  });

  it('mail waits while it is gone, and goes out when it is back', async () => {
    const { port, line, matching, health } = await startAtBind();
    await until(async () => (await health()).status === 200, 'health');
    await bind.stop();
    const queueId = await sendMail(port, { to: 'user@good.test' });
    await line(/error: DNS resolver is unavailable: .*; mail that needs a DNS lookup waits/);
    expect(matching(/: to=/)).toEqual([]);
    await bind.start();
    await line(new RegExp(`${queueId}: to=.*status=sent`));
  });
});
