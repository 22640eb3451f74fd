import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import type { LabMessage } from '../../lab/mail-host.ts';
import {
  ask,
  postJson,
  postRaw,
  startHttpRelay,
  tokenLines,
  type HttpRelay,
} from '../../support/http-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../lab/until.ts';
import { labSettings, launchRelay } from '../../support/running-relay.ts';
import { startSmallLab } from '../../support/small-lab.ts';

/** Mail that is handed over over HTTP, with clients that are not ours, arrives as it was meant. */

let lab: Lab;
let relay: HttpRelay;

const tokens = [
  { name: 'app' },
  { name: 'shop', senders: ['@shop.test', 'boss@other.test'] },
  { name: 'slow', rate: 2 },
  { name: 'small', sizeBytes: 2000 },
];

beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startHttpRelay(tokens, {
    set: { ...labSettings(lab), 'http.listen': '127.0.0.1:0,unix:' + join(lab.directory, 'http.sock') },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

/** The message with this id, as the host of good.test got it. */
async function received(reply: { readonly body: Readonly<Record<string, unknown>> }): Promise<LabMessage> {
  const id = String(reply.body['id']);
  const host = lab.host('mx.good.test');
  const find = () => host.messages.find(({ data }) => data.includes(` id ${id}`));
  await until(() => find() !== undefined, `message ${id} at good.test`);
  return find() as LabMessage;
}

async function arrived(reply: { readonly body: Readonly<Record<string, unknown>> }): Promise<string> {
  return (await received(reply)).data.toString('utf8');
}

describe('a message as it is', () => {
  it('arrives octet by octet, with CRLF for LF', async () => {
    const content = 'From: a@app.test\nSubject: dots\n\n.\n..two\nfrom a CR\r here\nlast';
    const to = ['b+tag@good.test'];
    const reply = await postRaw(relay.url, { from: 'a@app.test', to, content });
    expect(reply).toMatchObject({ status: 202, body: { accepted: to, rejected: [] } });
    const { id, messageId } = reply.body;
    expect(reply.headers.get('location')).toBe(`/v1/messages/${String(id)}`);
    const text = await arrived(reply);
    expect(text).toContain(
      `Received: from [127.0.0.1] (localhost [127.0.0.1])\r\n\tby relay.test (dane-relay) with HTTP id ${String(id)}\r\n\tfor <b+tag@good.test>;`,
    );
    expect(text).toContain(`Message-ID: ${String(messageId)}\r\n`);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('.\r\n..two\r\nfrom a CR  here\r\nlast\r\n');
    await relay.line(new RegExp(`${String(id)}: client=localhost\\[127\\.0\\.0\\.1\\]`));
    await relay.line(new RegExp(`${String(id)}: to=<b\\+tag@good\\.test>, .*status=sent`));
  });

  it('is taken from curl, over TCP and over a unix socket', async () => {
    const file = join(lab.directory, 'message');
    await writeFile(file, `Subject: from curl\n\n${'a line of some length\n'.repeat(100_000)}`);
    for (const way of [
      [relay.url],
      ['--unix-socket', join(lab.directory, 'http.sock'), 'http://localhost'],
    ]) {
      const url = `${way.pop()}/v1/messages?from=a@app.test&to=curl@good.test`;
      const type = ['-H', 'Content-Type: message/rfc822', '-H', 'Authorization: Bearer token-app'];
      const out = execFileSync('curl', ['-sS', ...way, ...type, '--data-binary', `@${file}`, url]);
      const { sizeBytes, data } = await received({
        body: JSON.parse(out.toString()) as Record<string, unknown>,
      });
      const header = data.indexOf('\r\n\r\n') + 4;
      expect(sizeBytes).toBe(header + 100_000 * 'a line of some length\r\n'.length);
    }
  });

  it('tells of each recipient that is not taken', async () => {
    const to = ['no-host@', 'b@good.test', 'a b@good.test', 'c@good.test> NOTIFY=NEVER <'];
    const reply = await postRaw(relay.url, { from: 'a@app.test', to, content: 'Subject: x\n\n' });
    expect(reply.body).toMatchObject({
      accepted: ['b@good.test'],
      rejected: [
        { address: 'no-host@', status: '5.1.3' },
        { address: 'a b@good.test', status: '5.1.3' },
        { address: 'c@good.test> NOTIFY=NEVER <', status: '5.5.4' },
      ],
    });
    const none = await postRaw(relay.url, { from: 'a@app.test', to: ['x@', 'y@'], content: '' });
    expect(none).toMatchObject({
      status: 422,
      body: {
        type: 'urn:dane-relay:problem:recipients',
        status: 422,
        smtpCode: 501,
        enhancedCode: '5.1.3',
        errors: [{ pointer: '?to' }, { pointer: '?to' }],
      },
    });
    expect(none.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each([
    ['?from=a@app.test', 400],
    ['?to=b@good.test', 400],
    ['?from=a@app.test&from=b@app.test&to=b@good.test', 400],
    ['?from=a@app.test&to=b@good.test&cc=c@good.test', 400],
    ['?from=%&to=b@good.test', 400],
    ['?from=a@app.test&to=b@good.test&requireTls=yes', 400],
    ['?from=a@app.test&to=b@good.test&requireTls=true&requireTls=false', 400],
    ['?from=a@app.test&to=b@good.test&requireTls=false&requireTls=false', 400],
    ['?from=nobody@&to=b@good.test', 422],
    ['?from=a%0D%0ARCPT%20TO:<x@good.test>@app.test&to=b@good.test', 422],
  ])('is refused with the query %s: %i', async (query, status) => {
    const headers = { authorization: 'Bearer token-app', 'content-type': 'message/rfc822' };
    const reply = await ask(`${relay.url}/v1/messages${query}`, {
      method: 'POST',
      headers,
      body: 'Subject: x\n',
    });
    expect(reply.status).toBe(status);
  });
});

describe('a message in JSON', () => {
  it('is laid out as its members say; another parser reads the same from it', async () => {
    const html = `<p>${'ä'.repeat(70_000)}</p>`;
    const reply = await postJson(relay.url, {
      from: 'Jörg "the shop" <joerg@app.test>',
      to: ['Änne <b@good.test>', { name: 'Doe, "J" <x@y>', address: 'c@good.test' }],
      cc: 'd@good.test',
      bcc: ['secret@good.test'],
      replyTo: 'reply@app.test',
      subject: 'Grüße, aus dem Laden',
      text: 'Zeile 1\n.\nFrom me\n',
      html,
      headers: { 'X-Campaign': 'Frühling 🌷', 'List-Unsubscribe': '<https://app.test/u>' },
      attachments: [
        {
          filename: 'Übersicht.pdf',
          contentType: 'application/pdf',
          content: Buffer.alloc(300_001, 7).toString('base64'),
        },
        { cid: 'logo@app', contentType: 'image/png', content: 'iVBORw0KGgo=' },
      ],
    });
    expect(reply).toMatchObject({
      status: 202,
      body: { accepted: ['b@good.test', 'c@good.test', 'd@good.test', 'secret@good.test'], rejected: [] },
    });
    const text = await arrived(reply);
    expect(text).not.toContain('secret');
    const parsed = JSON.parse(
      execFileSync('python3', ['-c', readMail], { input: text, maxBuffer: 2 ** 24 }).toString(),
    ) as Record<string, unknown>;
    expect(parsed).toEqual({
      from: [['Jörg "the shop"', 'joerg@app.test']],
      to: [
        ['Änne', 'b@good.test'],
        ['Doe, "J" <x@y>', 'c@good.test'],
      ],
      cc: [['', 'd@good.test']],
      replyTo: [['', 'reply@app.test']],
      subject: 'Grüße, aus dem Laden',
      campaign: 'Frühling 🌷',
      messageId: reply.body['messageId'],
      text: 'Zeile 1\n.\nFrom me\n',
      html,
      files: [
        ['application/pdf', 'Übersicht.pdf', 300_001],
        ['image/png', null, 8],
      ],
    });
  });

  it('may have another envelope, and say when to report', async () => {
    const reply = await postJson(relay.url, {
      from: 'a@app.test',
      to: ['list@elsewhere.test'],
      subject: 'envelope',
      text: 'x',
      notify: ['never'],
      envelope: { from: 'bounces@app.test', to: ['b@good.test'] },
    });
    expect(reply.body['accepted']).toEqual(['b@good.test']);
    await relay.line(new RegExp(`${String(reply.body['id'])}: from=<bounces@app\\.test>`));
    await arrived(reply);
  });

  const good = { from: 'a@app.test', to: ['b@good.test'], subject: 's', text: 't' };
  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"from":', 400, ''],
    ['two of them', '{} {}', 400, ''],
    ['deep nesting', '['.repeat(5_000_000), 400, ''],
    ['a hundred thousand parts', `[${'1,'.repeat(100_000)}1]`, 400, ''],
    ['a list', [], 422, '#'],
    ['no recipient', { ...good, to: [] }, 422, '#/to'],
    ['no text', { ...good, text: undefined }, 422, '#'],
    ['too many people to be written at once', { ...good, cc: Array(1000).fill('c@good.test') }, 422, '#'],
    [
      'names that are too long together',
      { ...good, cc: Array(70).fill(`${'é'.repeat(950)} <c@good.test>`) },
      422,
      '#',
    ],
    ['a field in the subject', { ...good, subject: 'x\r\nBcc: y@good.test' }, 422, '#/subject'],
    [
      'a field in a name',
      { ...good, from: { name: 'x\nBcc: y', address: 'a@app.test' } },
      422,
      '#/from/name',
    ],
    ['a field in a field', { ...good, headers: { 'X-A': 'b\nBcc: c' } }, 422, '#/headers/X-A'],
    [
      'a field in the name of a field',
      { ...good, headers: { 'X-A: b\nBcc': 'c' } },
      422,
      '#/headers/X-A%3A%20b%0ABcc',
    ],
    ['a trace field', { ...good, headers: { Received: 'x' } }, 422, '#/headers/Received'],
    ['a file of ours', { ...good, attachments: [{ path: '/etc/passwd' }] }, 422, '#/attachments/0/path'],
    ['a host of ours', { ...good, html: { href: 'http://127.0.0.1/' } }, 422, '#/html'],
    [
      'a file name with a line end',
      { ...good, attachments: [{ filename: 'a\nb', content: '' }] },
      422,
      '#/attachments/0/filename',
    ],
    ['what is not base64', { ...good, attachments: [{ content: 'a*==' }] }, 422, '#/attachments'],
    ['a member that is not known', { ...good, Text: 'x' }, 422, '#/Text'],
    ['a prototype', '{"__proto__":{"from":"a@app.test"},"to":"b@good.test"}', 422, '#/__proto__'],
    ['a sender that is none', { ...good, from: 'nobody@' }, 422, '#/from'],
  ])('%s is refused with the place', async (_, message, status, pointer) => {
    const reply = await postJson(relay.url, message);
    expect(reply.status).toBe(status);
    const errors = (reply.body['errors'] ?? []) as readonly { pointer: string }[];
    if (pointer !== '') expect(errors.map((error) => error.pointer)).toContain(pointer);
  });

  it('is refused where it is larger than http.json_size_limit, before it is read', async () => {
    const reply = await postJson(relay.url, { ...good, text: 'x'.repeat(11_000_000) });
    expect(reply).toMatchObject({ status: 413, body: { type: 'urn:dane-relay:problem:too-large' } });
  });
});

describe('a token', () => {
  it('is needed, and has to be right; a wrong one is logged and answered late', async () => {
    const nothing = await ask(`${relay.url}/v1/messages`, { method: 'POST' });
    expect(nothing.status).toBe(401);
    expect(nothing.headers.get('www-authenticate')).toBe('Bearer realm="dane-relay"');
    const before = Date.now();
    const wrong = await postJson(relay.url, {}, { token: 'nobody' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(Date.now() - before).toBeGreaterThan(900);
    await relay.line(
      /smtpd\[\d+\]: warning: localhost\[127\.0\.0\.1\]: SASL BEARER authentication failed: unknown token, sasl_username=/,
    );
  });

  it('says who may be the sender', async () => {
    const mail = { to: ['b@good.test'], content: 'Subject: x\n\n', token: 'shop' };
    for (const from of ['any@shop.test', 'ANY@SHOP.test', 'boss@other.test'])
      expect(await postRaw(relay.url, { ...mail, from })).toMatchObject({ status: 202 });
    for (const from of ['x@other.test', 'x@sub.shop.test', '<>']) {
      const reply = await postRaw(relay.url, { ...mail, from });
      expect(reply).toMatchObject({ status: 403, body: { smtpCode: 553, enhancedCode: '5.7.1' } });
    }
    await relay.line(
      /NOQUEUE: reject: MAIL from localhost\[127\.0\.0\.1\]: 553 5\.7\.1 <x@other\.test>: .* not owned by user shop/,
    );
    const json = { from: 'x@other.test', to: 'b@good.test', text: 'x', envelope: { from: 'x@shop.test' } };
    expect(await postJson(relay.url, json, { token: 'shop' })).toMatchObject({ status: 403 });
  });

  it('may have a rate and a size', async () => {
    const mail = { from: 'a@app.test', to: ['b@good.test'], content: 'Subject: x\n\n' };
    for (let times = 0; times < 2; times += 1)
      expect(await postRaw(relay.url, { ...mail, token: 'slow' })).toMatchObject({ status: 202 });
    const third = await postRaw(relay.url, { ...mail, token: 'slow' });
    expect(third).toMatchObject({ status: 429, body: { enhancedCode: '4.7.1' } });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    const content = `Subject: x\n\n${'x'.repeat(2000)}`;
    expect(await postRaw(relay.url, { ...mail, content, token: 'small' })).toMatchObject({ status: 413 });
    const text = { from: 'a@app.test', to: 'b@good.test', text: 'x'.repeat(2000) };
    expect(await postJson(relay.url, text, { token: 'small' })).toMatchObject({ status: 413 });
  });

  it('counts as soon as its file says so, and no longer', async () => {
    const set = { data_dir: relay.dataDir };
    const added = await runCommand(['token', 'add', 'new', '--sender', '@app.test'], set);
    const token = added.stdout.toString().trim();
    expect(token).toMatch(/^dr_[\w-]{43}$/);
    const mail = { from: 'a@app.test', to: 'b@good.test', text: 'x' };
    const headers = { authorization: `Bearer ${token}` };
    const status = async (): Promise<number> => (await postJson(relay.url, mail, { headers })).status;
    await until(async () => (await status()) === 202, 'the new token');
    const list = await runCommand(['token', 'list'], set);
    expect(list.stdout.toString()).toContain('new: @app.test\nshop: '.slice(0, 15));
    expect(list.stdout.toString()).not.toContain(token.slice(5));
    expect((await runCommand(['token', 'add', 'new'], set)).code).toBe(64);
    expect((await runCommand(['token', 'add', 'x', '--sender', 'y'], set)).code).toBe(64);
    expect((await runCommand(['token', 'remove', 'new', 'none'], set)).code).toBe(75);
    await until(async () => (await status()) === 401, 'the end of the token');
    await writeFile(relay.tokenFile, `{"name":\n${tokenLines(tokens)}`);
    await relay.line(/http-tokens:1: no JSON object/);
    expect((await relay.health()).body.problems['http tokens']).toContain('http-tokens:1');
    expect(await postJson(relay.url, mail)).toMatchObject({ status: 202 });
    await writeFile(relay.tokenFile, tokenLines(tokens));
  });
});

it('other paths, methods and types are refused as HTTP wants it', async () => {
  const headers = { authorization: 'Bearer token-app' };
  expect(await ask(`${relay.url}/`, { headers })).toMatchObject({ status: 404 });
  const put = await ask(`${relay.url}/v1/messages`, { method: 'PUT', headers });
  expect(put.status).toBe(405);
  expect(put.headers.get('allow')).toBe('POST');
  const form = await ask(`${relay.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: new URLSearchParams('a=b'),
  });
  expect(form).toMatchObject({ status: 415, body: { type: 'about:blank' } });
});

it('an address that others reach is refused: a token would cross the network in the clear', async () => {
  const refused = await launchRelay({ set: { 'http.listen': '0.0.0.0:0' } });
  try {
    expect(await refused.exited).toBe(78);
    expect(refused.lines.join('\n')).toContain('http.listen');
    expect(refused.lines.join('\n')).toContain('loopback');
  } finally {
    await refused[Symbol.asyncDispose]();
  }
});

/** Prints what Python's parser finds in a message, as JSON. */
const readMail = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
people = lambda name: [[a.display_name, a.addr_spec] for a in m[name].addresses]
part = lambda kind: m.get_body((kind,)).get_content().replace('\\r\\n', '\\n')
files = [p for p in m.walk() if p.get_content_maintype() in ('application', 'image')]
print(json.dumps({
  'from': people('From'), 'to': people('To'), 'cc': people('Cc'), 'replyTo': people('Reply-To'),
  'subject': m['Subject'], 'campaign': m['X-Campaign'], 'messageId': m['Message-ID'],
  'text': part('plain'), 'html': part('html'),
  'files': sorted([p.get_content_type(), p.get_filename(), len(p.get_content())] for p in files),
}))
`;
