import { mkdtemp } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MessageView } from '../../../src/core/diagnosis/view.ts';
import { chooseAddresses } from '../../lab/address-space.ts';
import type { Lab } from '../../lab/lab.ts';
import { startMailHost, type MailHostOptions } from '../../lab/mail-host.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { afterAttempts, explained, tried, viewOf } from '../../support/explained.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

async function relayWith(set: Readonly<Record<string, string>> = {}, dataDir?: string) {
  return keep(
    await startRelay({ set: { ...labSettings(lab), ...set }, ...(dataDir !== undefined && { dataDir }) }),
  );
}

/** A host at an address that is named in the mail, without DNS, and a relay that holds what is in doubt. */
async function hostAndRelay(
  options: MailHostOptions,
  set: Readonly<Record<string, string>>,
  dataDir?: string,
) {
  const space = await chooseAddresses();
  const host = await startMailHost(
    { name: 'mx.test', address: space.address(1), port: space.port },
    { startTls: false, ...options },
  );
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const all = {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
    'queue.ambiguous': 'hold',
    ...set,
  };
  const start = async () => keep(await startRelay({ set: all, ...(dataDir !== undefined && { dataDir }) }));
  return { host, to: `rcpt@[${space.address(1)}]`, start };
}

async function dataDirectory(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
  return dataDir;
}

it('a resolver that no longer validates: what waits for it, since when, and that nothing is given up', async () => {
  const relay = await relayWith({ 'dns.probe_interval': '500ms' });
  await lab.resolver.makeNonValidating();
  try {
    await relay.line(/error: DNSSEC validation is unavailable/);
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await until(async () => /it is due and not tried/.test(await explained(queueId, relay)));
    const text = await explained(queueId, relay);
    expect(text).toMatch(/^user@good\.test: waiting since .*, not tried yet, due now/m);
    expect(text).toContain('it is due and not tried: DNSSEC validation is unavailable');
    expect(text).toMatch(
      /^The resolver of this relay has not validated since [\d:]+ \(.*\): .*not DNSSEC validated/m,
    );
    expect(text).toContain('Mail at the levels dane and dane-only waits; no host is asked');
    expect(await explained('User@good.test', relay)).toMatch(
      new RegExp(
        `^${queueId} for User@good\\.test, from sender@relay\\.test: incoming since .*, due now`,
        'm',
      ),
    );
    const view = await viewOf('good.test', relay);
    expect(view).toMatchObject({
      kind: 'destination',
      resolver: { validating: false },
      route: { kind: 'wait', reason: 'DNSSEC validation is unavailable' },
      waiting: { messages: 1, reasons: [{ messages: 1, state: 'queued' }] },
    });
  } finally {
    await lab.resolver.makeValidating();
  }
});

it('mail whose time was up: given up, with the reason of the last attempt', async () => {
  const relay = await relayWith({ 'queue.lifetime': '0s' });
  const { queueId } = await tried('user@wrong-key.test', relay);
  const text = await explained(queueId, relay);
  expect(text).toMatch(/^user@wrong-key\.test: given up [\d:]+ after 1 attempt$/m);
  expect(text).toMatch(/showed key sha256 [\da-f]{64}$/m);
});

it('a destination that is left alone: until when, and why', async () => {
  const relay = await relayWith({
    'queue.minimal_backoff': '600s',
    'delivery.initial_destination_concurrency': '1',
    'delivery.destination_concurrency_limit': '1',
  });
  const first = await tried('user@stripped.test', relay);
  await relay.line(/stripped\.test: deliveries are suspended/);
  const { queueId } = await tried('user@stripped.test', relay);
  const text = await explained(queueId, relay);
  expect(text).toMatch(
    /^ {2}stripped\.test is left alone until [\d:]+: TLS is required, but was not offered/m,
  );
  expect(text).toContain('delivery temporarily suspended: ');
  expect(await explained('stripped.test', relay)).toMatch(/^ {2}left alone since [\d:]+ until [\d:]+: /m);
  expect(await explained(first.queueId, relay)).toContain('does not offer STARTTLS');
});

it('what may have arrived: held, and what can be done about it', async () => {
  const { to, start } = await hostAndRelay({ trouble: { at: 'after final dot', action: 'drop' } }, {});
  const relay = await start();
  const { queueId } = await tried(to, relay);
  const text = await explained(queueId, relay);
  expect(text).toMatch(
    new RegExp(
      `: held since .*: it is sent only if you say so \\(dane-relay queue release ${queueId}\\)$`,
      'm',
    ),
  );
  expect(text).toContain('It may have arrived.');
  expect(text).toMatch(/^ {4}[\d.]+ +-> \(content, \d+ octets\)$/m);
});

it('a message that was deleted: what was tried, and that its end is in the log', async () => {
  const relay = await relayWith();
  const { queueId } = await tried('user@wrong-key.test', relay);
  await runCommand(['queue', 'delete', queueId], { data_dir: relay.dataDir });
  const text = await explained(queueId, relay);
  expect(text).toMatch(/^user@wrong-key\.test: deferred /m);
  expect(text).toMatch(/^It is no longer in the queue, .* it was deleted \(the log has a line\)/m);
});

it('nothing is known once its time is over', async () => {
  const relay = await relayWith({ 'history.keep': '1s' });
  const queueId = await sendMail(relay.port, { to: 'user@good.test' });
  await relay.line(new RegExp(`${queueId}: removed`));
  await until(async () => (await viewOf(queueId, relay)).kind === 'unknown');
});

it('nothing is kept where that is wished, and a message that waits is explained all the same', async () => {
  const relay = await relayWith({ 'history.keep': '0s' });
  const gone = await sendMail(relay.port, { to: 'user@good.test' });
  await relay.line(new RegExp(`${gone}: removed`));
  expect(await explained(gone, relay)).toMatch(/past ones are not known \(history\.keep = "0s"\)$/);
  const waits = await sendMail(relay.port, { to: 'user@wrong-key.test' });
  await until(async () => ((await viewOf(waits, relay)) as MessageView).waiting?.[0]?.attempts === 1);
  const text = await explained(waits, relay);
  expect(text).toContain('why: mx.wrong-key.test shows a key that none of its signed TLSA records names.');
  expect(text).not.toContain('session');
});

it('a relay that is killed between the final dot and the outcome says "delivered" of nothing', async () => {
  const dataDir = await dataDirectory();
  const { host, to, start } = await hostAndRelay(
    { trouble: { at: 'after final dot', action: 'hang', sessions: 1 } },
    {},
    dataDir,
  );
  const first = await start();
  const queueId = await sendMail(first.port, { to });
  await until(() => host.messages.length === 1);
  await first.kill();
  const second = await start();
  const view = await afterAttempts(1, queueId, second);
  expect(view.attempts.map(({ results }) => results[0]?.state)).toEqual(['held']);
  expect(view.waiting[0]?.diagnosis?.kind).toBe('in doubt');
  const delivered = await sendMail(second.port, { to });
  await second.line(new RegExp(`${delivered}: removed`));
  await second.kill();
  const third = await start();
  expect(await explained(delivered, third)).toMatch(/: delivered [\d:]+ to /);
});

it('without a relay the queue and the settings tell what they know, also what a relay of before has stored', async () => {
  const redis = keep(await startPrivateRedis());
  const dataDir = await dataDirectory();
  const set = { 'redis.url': `unix://${redis.socketPath}`, data_dir: dataDir };
  const dump = readFileSync(new URL('../../fixtures/queue-version-1.dump', import.meta.url), 'utf8');
  expect(await runCommand(['queue', 'import'], set, dump)).toMatchObject({ code: 0 });
  const { code, stdout } = await runCommand(['explain', '4jYlkl6xhzzB35rMW', 'ta.test'], set);
  const text = stdout.toString();
  expect(code).toBe(0);
  expect(text).toMatch(/^4jYlkl6xhzzB35rMW: from sender@example\.org, taken .*, 317 octets/m);
  expect(text).toMatch(/^b@good\.test: waiting since .*, tried once, due now, given up /m);
  expect(text).toMatch(/^a@good\.test: held since /m);
  expect(text).toMatch(/the log said: connect to mx\.good\.test\[.*: Connection refused$/m);
  expect(text).toMatch(/^ta\.test: 1 message waits/m);
  expect(text).toMatch(
    /^policy: dane, from tls\.level; next hop ta\.test, from the domain of the recipient$/m,
  );
  expect(text).not.toMatch(/route/);
});
