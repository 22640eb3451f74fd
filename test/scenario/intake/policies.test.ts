import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { submit } from '../../support/submit.ts';

/** Other addresses, copies and limits, of a running relay. */

let directory: string;
let lab: Lab;
let relay: RunningRelay;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dr-policies-'));
  await writeFile(join(directory, 'canonical'), 'root it@sender.test\n@inside.test @sender.test\n');
  await writeFile(join(directory, 'virtual'), 'all@alias.test one@plain.test, two@plain.test\n');
  lab = await startLab({
    domains: [
      {
        name: 'plain.test',
        dnssec: 'unsigned',
        records: ({ address }) => ['@ MX 10 mx', `mx ${address('mx.plain.test')}`],
      },
    ],
    hosts: [{ kind: 'scripted', startTls: false, name: 'mx.plain.test' }],
  });
  relay = await startRelay({
    set: {
      ...labSettings(lab),
      hostname: 'relay.sender.test',
      'intake.sender_canonical_maps': join(directory, 'canonical'),
      'intake.virtual_alias_maps': join(directory, 'virtual'),
      'intake.always_bcc': 'archive@plain.test',
      'intake.hide_client': 'always',
      'intake.sender_domain_message_rate_limit': '1',
    },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('the tables, the copy and the Received field are those of the settings', async () => {
  const content =
    'From: root\r\nReply-To: anna@inside.test\r\nTo: all@alias.test\r\nSubject: x\r\n\r\nbody\r\n';
  await submit(relay.port, { from: '<root>', to: ['<all@alias.test>'], content });
  await relay.line(/: removed$/);
  const got = lab.host('mx.plain.test').messages;
  expect(got.flatMap(({ recipients }) => recipients).toSorted()).toEqual([
    'archive@plain.test',
    'one@plain.test',
    'two@plain.test',
  ]);
  expect(new Set(got.map(({ sender }) => sender))).toEqual(new Set(['it@sender.test']));
  for (const message of got) {
    const text = message.data.toString();
    expect(text).toMatch(/^Received: by relay\.sender\.test \(dane-relay\) with ESMTP id /);
    expect(text).toContain(
      '\r\nFrom: it@sender.test\r\nReply-To: anna@sender.test\r\nTo: all@alias.test\r\n',
    );
    expect(text).not.toContain('archive@');
  }
  expect(relay.matching(/to=<one@plain\.test>, orig_to=<all@alias\.test>, relay=/)).toHaveLength(1);
  expect(relay.matching(/qmgr.*from=<it@sender\.test>/)).toHaveLength(1);
});

test('a sender domain that sends too much is told to come later, and others are not', async () => {
  const mail = { to: ['<one@plain.test>'], content: 'Subject: x\r\n\r\n\r\n' };
  await submit(relay.port, { ...mail, from: '<a@busy.test>' });
  await expect(submit(relay.port, { ...mail, from: '<b@busy.test>' })).rejects.toThrow(
    /450 4\.7\.1 Error: too much mail from busy\.test/,
  );
  await submit(relay.port, { ...mail, from: '<c@other.test>' });
  expect(await relay.line(/Message rate limit of sender domain busy\.test exceeded: 2 from /)).toContain(
    'warning: ',
  );
  expect(await relay.metrics()).toMatch(/dane_relay_events_total\{event="sender limit"[^}]*\} 1/);
});

test('SIGHUP reads the tables again', async () => {
  await writeFile(join(directory, 'virtual'), 'all@alias.test three@plain.test\n');
  relay.signal('SIGHUP');
  await relay.line(/virtual: 1 address entries$/);
  await submit(relay.port, {
    from: '<x@third.test>',
    to: ['<all@alias.test>'],
    content: 'Subject: x\r\n\r\n\r\n',
  });
  const host = lab.host('mx.plain.test');
  await until(() => host.messages.some(({ recipients }) => recipients.includes('three@plain.test')));
});
