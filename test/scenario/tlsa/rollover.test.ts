import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, tlsaRecord, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startMailHost, type MailHost } from '../../lab/mail-host.ts';
import type { WorldNames } from '../../lab/world.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** The steps that `tlsa --rollover` prints are taken, and mail is delivered after each. */

const host = 'mx.roll.test';
let lab: Lab;
let directory: string;
let old: Certificate;
let next: Certificate;
const file = (name: string): string => join(directory, name);

const zone =
  (...records: readonly string[]) =>
  (names: WorldNames) => [
    '@ MX 10 mx',
    `mx ${names.address(host)}`,
    ...records.map((record) => `${names.tlsaOwner('mx')} 3600 ${record}`),
  ];

beforeAll(async () => {
  [old, next] = await Promise.all([makeCertificate({ names: [host] }), makeCertificate({ names: [host] })]);
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-tlsa-'));
  await writeFile(file('old.pem'), old.pem);
  await writeFile(file('next.pem'), next.pem);
  await writeFile(file('next.key'), next.privateKeyPem);
  lab = await startLab({
    hosts: [{ kind: 'scripted', name: host, certificates: [old] }],
    domains: [
      {
        name: 'roll.test',
        dnssec: 'signed',
        records: zone(tlsaRecord(old, '3 1 1'), tlsaRecord(old, '3 1 2')),
      },
      {
        name: 'roll-open.test',
        dnssec: 'unsigned',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address(host)}`,
          `${names.tlsaOwner('mx')} ${tlsaRecord(old, '3 1 1')}`,
        ],
      },
    ],
  });
});
afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function tlsa(words: readonly string[], server = lab.dnsServer) {
  const { code, stdout } = await runCommand(['tlsa', ...words], {
    ...labSettings(lab),
    'dns.servers': server,
  });
  return { code, text: stdout.toString(), lines: stdout.toString().split('\n') };
}

/** The records under a step of the plan, as a zone of the lab has them. */
function recordsUnder(lines: readonly string[], step: RegExp): readonly string[] {
  const start = lines.findIndex((line) => step.test(line)) + 1;
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('   '));
  return lines.slice(start, end).map((line) => line.replace(/^.* IN /, ''));
}

/** A sender that has looked the records up at a certain moment, and keeps them for their TTL. */
async function sender(): Promise<{
  readonly deliver: () => Promise<string>;
  readonly stop: () => Promise<void>;
}> {
  const resolver = await lab.startResolver({ validating: true });
  const settings = {
    ...labSettings(lab),
    'dns.servers': resolver.server,
    'delivery.connection_reuse': 'false',
  };
  const relay: RunningRelay = await startRelay({ set: settings });
  return {
    async deliver() {
      const id = await sendMail(relay.port, { to: 'user@roll.test' });
      const line = await relay.line(new RegExp(`${id}: to=.*status=`));
      return /status=\w+/.exec(line)?.[0] ?? line;
    },
    async stop() {
      await relay[Symbol.asyncDispose]();
      await resolver.stop();
    },
  };
}

test('each step of the change, for senders with fresh and with old records', async () => {
  let server: MailHost | undefined;
  const senders: { readonly stop: () => Promise<void> }[] = [];
  const fresh = async () => {
    const one = await sender();
    senders.push(one);
    return one;
  };
  try {
    const plan = await tlsa(['--rollover', file('old.pem'), file('next.pem')]);
    expect(plan.code).toBe(0);
    expect(plan.text).toContain('published (signed, TTL 3600 s):');
    expect(plan.text).toContain('A sender takes the server at each of these moments');
    const add = recordsUnder(plan.lines, /^1\. publish/);
    // RFC 7671 §8.4: of each kind that is published.
    expect(add).toEqual([tlsaRecord(next, '3 1 1'), tlsaRecord(next, '3 1 2')]);
    const remove = recordsUnder(plan.lines, /^4\. remove/);
    expect(remove).toEqual([tlsaRecord(old, '3 1 1'), tlsaRecord(old, '3 1 2')]);

    const before = await fresh();
    expect(await before.deliver()).toBe('status=sent');

    // 1. and 2.
    await lab.setRecords('roll.test', zone(...remove, ...add));
    const between = await fresh();
    expect(await between.deliver()).toBe('status=sent');
    expect(await before.deliver()).toBe('status=sent');
    const resolver = await lab.startResolver({ validating: true });
    const again = await tlsa(
      ['--rollover', file('old.pem'), file('next.key'), '--name', host],
      resolver.server,
    );
    expect(again.text).toContain('1. publish: done');
    expect(recordsUnder(again.lines, /^4\. remove/)).toEqual(remove);

    // 3.
    const { address } = lab.host(host);
    await lab.host(host).stop();
    server = await startMailHost({ name: host, address, port: lab.port }, { certificates: [next] });
    expect(await between.deliver()).toBe('status=sent');
    // Who does not wait for the TTL learns why one should.
    expect(await before.deliver()).toBe('status=deferred');
    const verified = await tlsa(['--verify', host], resolver.server);
    expect(verified.code).toBe(0);
    expect(verified.text).toContain('keep it if it is of the next key, else REMOVE');

    // 4.
    await lab.setRecords('roll.test', zone(...add));
    const after = await fresh();
    expect(await after.deliver()).toBe('status=sent');
    expect(await between.deliver()).toBe('status=sent');
    const over = await lab.startResolver({ validating: true });
    const last = await tlsa(['--rollover', file('old.pem'), host], over.server);
    expect(last.text).toContain('and not of');
    expect(last.code).toBe(1);
  } finally {
    for (const one of senders) await one.stop();
    await server?.stop();
  }
});

describe('where nothing can be called safe', () => {
  const plan = async (...words: readonly string[]) => {
    const { code, text } = await tlsa(['--rollover', ...words]);
    expect(text).not.toMatch(/^[1-4]\./m);
    return { code, text };
  };

  test('an unsigned zone', async () => {
    const { code, text } = await plan(file('old.pem'), file('next.pem'), '--name', 'mx.roll-open.test');
    expect(text).toContain('mx.roll-open.test is not in a signed zone');
    expect(text).toContain('No step is called safe.');
    expect(code).toBe(2);
  });

  test('a resolver that does not validate', async () => {
    const resolver = await lab.startResolver({ validating: false });
    const { code, text } = await tlsa(['--rollover', file('old.pem'), file('next.pem')], resolver.server);
    expect(text).toContain('No step is called safe.');
    expect(text).toContain('does not validate');
    expect(code).toBe(2);
  });

  test('a resolver that is gone', async () => {
    const { code, text } = await tlsa(['--rollover', file('old.pem'), file('next.pem')], '127.0.0.1:1');
    expect(text).toContain('No step is called safe.');
    expect(code).toBe(2);
  });

  test('records that are true of neither', async () => {
    await lab.setRecords('roll.test', zone(wrongDigit(tlsaRecord(old, '3 1 1'))));
    const resolver = await lab.startResolver({ validating: true });
    const { code, text } = await tlsa(['--rollover', file('old.pem'), file('next.pem')], resolver.server);
    expect(text).toContain('true of neither');
    expect(code).toBe(1);
  });

  test('two operands are asked for', async () => {
    const { code } = await tlsa(['--rollover', file('old.pem')]);
    expect(code).toBe(64);
  });
});

test('a renewal that keeps the key changes nothing', async () => {
  await lab.setRecords('roll.test', zone(tlsaRecord(old, '3 1 1')));
  const resolver = await lab.startResolver({ validating: true });
  const { code, text } = await tlsa(['--rollover', file('old.pem'), file('old.pem')], resolver.server);
  expect(text).toContain('the published records are true of both');
  expect(code).toBe(0);
});

test('as JSON, with the moment from which the switch is safe', async () => {
  await lab.setRecords('roll.test', zone(tlsaRecord(old, '3 1 1')));
  const resolver = await lab.startResolver({ validating: true });
  const earliest = Date.now() + 3_600_000;
  const { text } = await tlsa(['--rollover', '--json', file('old.pem'), file('next.pem')], resolver.server);
  const found = JSON.parse(text) as { readonly switchNotBefore: string };
  const owner = `_${lab.port}._tcp.${host}. 3600 IN `;
  expect(found).toMatchObject({
    schema: 1,
    host,
    plan: 'steps',
    ttl: 3600,
    publish: [`${owner}${tlsaRecord(next, '3 1 1')}`],
    remove: [`${owner}${tlsaRecord(old, '3 1 1')}`],
    problems: [],
  });
  expect(Date.parse(found.switchNotBefore)).toBeGreaterThanOrEqual(earliest);
});
