import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageView } from '../../../src/core/diagnosis/view.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { wrongDigit } from '../../lab/certificates.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import { belongings } from '../../support/belongings.ts';
import { afterAttempts, explained, tried, viewOf } from '../../support/explained.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';

let lab: Lab;
let relay: RunningRelay;
const keep = belongings();

const domains = ['good', 'tlsa-fails', 'greylist', 'rejects', 'null-mx', 'unsigned', 'no-tlsa', 'wrong-key'];
const evil = '550 5.7.1 \u001B[2J<script>alert(1)</script> \u202Egnp.exe';

beforeAll(async () => {
  const world = await standardWorld();
  const names = domains.map((name) => `${name}.test`);
  const certificate = world.hosts.find(({ name }) => name === 'mx.good.test');
  if (certificate?.kind !== 'scripted') throw new Error('no host to take the certificates of');
  const { certificates = [] } = certificate;
  lab = await startLab({
    domains: [
      ...world.domains.filter(({ name }) => names.includes(name)),
      {
        name: 'two.test',
        dnssec: 'signed',
        records: (at) => [
          '@ MX 10 down',
          '@ MX 20 mx2',
          `down ${at.address('down.failover.test')}`,
          `mx2 ${at.address('mx2.two.test')}`,
          `${at.tlsaOwner('mx2')} ${wrongDigit(at.tlsa('mx2.two.test', '3 1 1'))}`,
        ],
      },
      {
        name: 'evil.test',
        dnssec: 'unsigned',
        records: (at) => ['@ MX 10 mx', `mx ${at.address('mx.evil.test')}`],
      },
    ],
    hosts: [
      ...world.hosts.filter(
        ({ name }) => names.some((domain) => name.endsWith(domain)) || name === 'down.failover.test',
      ),
      { kind: 'scripted', name: 'mx2.two.test', certificates },
      { kind: 'scripted', name: 'mx.evil.test', startTls: false, replies: { RCPT: evil } },
    ],
  });
  relay = await startRelay({
    set: { ...labSettings(lab), hostname: 'relay.test' },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

/** As an operator types it. */
async function command(...words: readonly string[]) {
  const set = { data_dir: relay.dataDir, hostname: 'relay.test' };
  const { code, stdout, stderr } = await runCommand(['explain', ...words], set);
  return { code, text: stdout.toString(), stderr };
}

describe('a message', () => {
  it('that was delivered: to whom, by which record, what the DNS said, what the host said', async () => {
    const { queueId } = await tried('user@good.test', relay);
    const { code, text, stderr } = await command(queueId);
    const host = `mx\\.good\\.test\\[[\\d.]+\\]:${lab.port}`;
    const time = '\\d\\d:\\d\\d:\\d\\d';
    expect(text.split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${queueId}: from sender@relay\\.test, taken ${time} from localhost\\[127\\.0\\.0\\.1\\], \\d+ octets, Message-ID <.*>$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(`^user@good\\.test: delivered ${time} to ${host}, TLS, verified by DANE \\(3 1 1\\)$`),
      ),
      expect.stringMatching(new RegExp(`^  ${time} 250 2\\.0\\.0 Ok: queued as LAB\\d+$`)),
      expect.stringMatching(
        /^ {2}DNS at the last attempt: MX signed; address signed; TLSA signed, 1 of 1 usable, TTL \d+$/,
      ),
      '  policy at the last attempt: dane, from tls.level',
      'It is no longer in the queue.',
      '',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('that waits for a host with another key: both hosts, what was published and shown, the session, what to do', async () => {
    const { queueId, view } = await tried('user@two.test', relay);
    const failure = view.failures[0]?.failure;
    const [certificate] = failure?.certificates ?? [];
    expect(certificate?.published).toEqual([expect.stringMatching(/^3 1 1 [\da-f]{64}$/)]);
    expect(certificate?.published[0]).not.toContain(certificate?.key);
    const text = await explained(queueId, relay);
    const time = '\\d\\d:\\d\\d:\\d\\d';
    expect(text).toMatch(
      new RegExp(
        `^user@two\\.test: waiting since ${time} \\(.*\\), tried once, next try .*, given up Dec \\d+ ${time}$`,
        'm',
      ),
    );
    expect(text).toContain(
      '  why: mx2.two.test shows a key that none of its signed TLSA records names. Either somebody is in the middle, or a key was changed without its record.\n',
    );
    expect(text).toMatch(/^ {2}[\d:]+ down\.two\.test\[.*\]:\d+: connect to .*: Connection refused$/m);
    expect(text).toMatch(
      /^ {2}[\d:]+ mx2\.two\.test\[.*: TLS made, certificate refused before any mail was sent: /m,
    );
    expect(text).toMatch(
      new RegExp(`^  mx2\\.two\\.test\\[.*\\]:${lab.port} published ${certificate?.published[0]}$`, 'm'),
    );
    expect(text).toMatch(new RegExp(`^  mx2\\.two\\.test\\[.* showed key sha256 ${certificate?.key}$`, 'm'));
    expect(text).toMatch(/ from \d{4}-\d\d-\d\d until \d{4}-\d\d-\d\d$/m);
    expect(text).toMatch(/^ {4}two\.test\. IN MX 10 down\.two\.test\. ; AD=1 NoError$/m);
    expect(text).toMatch(/^ {4}\d+\.\d{3} +-> STARTTLS$/m);
    expect(text).toContain('Untrusted, not enough for level dane');
    expect(text).not.toContain('MAIL FROM');
    expect(text).toContain('what to do: tell postmaster@two.test');
    expect(text).toContain(
      'policy: dane, from tls.level; next hop two.test, from the domain of the recipient',
    );
  });

  it('whose host cannot be judged: the extended error of the resolver', async () => {
    const { queueId } = await tried('user@tlsa-fails.test', relay);
    const text = await explained(queueId, relay);
    expect(text).toMatch(/why: The name servers of mx\.tlsa-fails\.test do not say/);
    expect(text).toMatch(/_tcp\.mx\.tlsa-fails\.test\. IN TLSA \? ; AD=0 ServFail \(DNSSEC Bogus/);
    expect(text).toMatch(/mx\.tlsa-fails\.test\[.*\]:\d+: not spoken to: TLSA lookup error/);
    expect(text).not.toContain('the last failed session');
  });

  it('that was put off first and taken then: both attempts, and no evidence of what is over', async () => {
    const { queueId } = await tried('user@greylist.test', relay);
    expect(await explained(queueId, relay)).toMatch(/why: mx\.greylist\.test puts the message off .*\n/);
    await runCommand(['queue', 'flush', queueId], { data_dir: relay.dataDir });
    await relay.line(new RegExp(`${queueId}: removed`));
    const text = await explained(queueId, relay);
    expect(text).toMatch(/^ {2}[\d:]+ mx\.greylist\.test\[.* said: 450 4\.2\.0 Greylisted, try again later/m);
    expect(text).toMatch(/^user@greylist\.test: delivered /m);
    expect(text).not.toContain('the last failed session');
    const { failures } = JSON.parse((await command(queueId, '--json')).text) as MessageView;
    expect(failures[0]?.failure.session?.join('\n')).toContain('450 4.2.0 Greylisted');
  });

  it('that was returned: by which host, with its reply and the session', async () => {
    const { queueId } = await tried('user@rejects.test', relay);
    const text = await explained(queueId, relay);
    expect(text).toMatch(/^user@rejects\.test: returned to the sender /m);
    expect(text).toMatch(/ said: 550 5\.1\.1 User unknown \(in reply to RCPT TO command\)$/m);
    expect(text).toMatch(/<~\* 550 5\.1\.1 User unknown$/m);
  });

  it('for many: each fares by itself', async () => {
    const { queueId } = await tried(
      ['a@good.test', 'b@null-mx.test', 'c@wrong-key.test', 'd@wrong-key.test'],
      relay,
    );
    await afterAttempts(3, queueId, relay);
    const text = await explained(queueId, relay);
    expect(text).toMatch(/^a@good\.test: delivered /m);
    expect(text).toMatch(/^b@null-mx\.test: returned to the sender /m);
    expect(text).toMatch(/^c@wrong-key\.test, d@wrong-key\.test: waiting since /m);
  });

  it('by the line of the policy map that says so', async () => {
    const map = join(relay.dataDir, 'policy');
    await writeFile(map, '# here\n\ngood.test\n  encrypt\n.wrong-key.test may\nwrong-key.test secure\n');
    const other = keep(
      await startRelay({
        set: { ...labSettings(lab), 'tls.policy_maps': map, 'delivery.transport_maps': '' },
      }),
    );
    const { view } = await tried('user@good.test', other);
    expect(view.attempts[0]?.policy).toEqual({ level: 'encrypt', rule: `${map} line 3, good.test` });
    const { view: waits } = await tried('user@wrong-key.test', other);
    expect(waits.waiting[0]?.policy).toEqual({
      level: 'secure',
      rule: `${map} line 6, wrong-key.test`,
      nextHop: 'wrong-key.test',
      nextHopRule: 'the domain of the recipient',
    });
    expect(waits.waiting[0]?.diagnosis).toMatchObject({ kind: 'certificate refused', whose: 'us' });
  });

  it('about which a host has said what a terminal should not see', async () => {
    const { queueId } = await tried('user@evil.test', relay);
    const text = await explained(queueId, relay);
    expect(text).toContain('<script>alert(1)</script>');
    for (const character of ['\u001B', '\u202E']) expect(text).not.toContain(character);
  });
});

describe('an address and a domain', () => {
  it('what is known of mail to an address, the newest first', async () => {
    const first = await tried('Once@good.test', relay);
    const second = await tried(['once@good.test', 'other@good.test'], relay);
    const text = await explained('once@GOOD.test', relay);
    const lines = text.split('\n').filter((line) => line.includes(': delivered '));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(second.queueId);
    expect(lines[1]).toContain(first.queueId);
    const view = await viewOf('once@good.test', relay);
    expect(view).toMatchObject({
      schema: 1,
      kind: 'address',
      live: true,
      nextHop: 'good.test',
      hasMore: false,
    });
  });

  it('where mail for a domain goes now, how it is protected, what waits and why', async () => {
    await tried('user@wrong-key.test', relay);
    const text = await explained('wrong-key.test', relay);
    expect(text).toMatch(/^wrong-key\.test: \d+ messages? waits?, the oldest for /m);
    expect(text).toMatch(/^ {2}\d+ deferred: Server certificate not verified$/m);
    expect(text).toMatch(
      /^ {2}10 mx\.wrong-key\.test\[.*\]:\d+: dane \(MX signed; address signed; TLSA signed, 1 of 1 usable/m,
    );
    expect(text).toMatch(/^limits: 20 deliveries at a time/m);
    const view = await viewOf('wrong-key.test', relay);
    expect(view).toMatchObject({
      schema: 1,
      kind: 'destination',
      live: true,
      resolver: { validating: true, reason: '' },
      policy: { level: 'dane', rule: 'tls.level' },
      route: { kind: 'route' },
    });
  });

  it('a letter to the postmaster has what he needs, and nothing else has one', async () => {
    await tried('user@wrong-key.test', relay);
    const { code, text } = await command('wrong-key.test', '--letter');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^To: postmaster@wrong-key\.test\nSubject: mail for wrong-key\.test cannot be delivered: TLSA mismatch\n\n/,
    );
    expect(text).toMatch(/ published 3 1 1 [\da-f]{64}$/m);
    expect(text).toMatch(/ showed key sha256 [\da-f]{64}$/m);
    expect(text).toMatch(/^The postmaster of relay\.test$/m);
    expect(await command('good.test', '--letter')).toMatchObject({
      code: 75,
      text: '',
      stderr: expect.stringMatching(/nothing waits that its receiver could mend/) as string,
    });
  });

  it('what nobody knows', async () => {
    const { code, text } = await command('4jX6Z215f0zwqHvm');
    expect(code).toBe(75);
    expect(text).toMatch(/^4jX6Z215f0zwqHvm: nothing is known of it: /);
    const reply = await askStatus(join(relay.dataDir, 'relay.sock'), `/api/explain/${'x'.repeat(600)}`);
    expect(reply?.status).toBe(400);
  });
});
