import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';

/** Who may look at the page and act by it, and who is kept out: other sites in a browser, other users, other machines. */

let relay: RunningRelay;
let directory: string;
let port: number;
let token: string;
let pageToken: string;

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  path: string,
  { method = 'GET', headers = {}, body = '', socket = false }: Asking = {},
): Promise<Reply> {
  const place = socket
    ? { socketPath: join(relay.dataDir, 'relay.sock') }
    : { host: '127.0.0.1', port, localAddress: '127.0.0.1' };
  return new Promise((resolve, reject) => {
    const asked = request(
      { ...place, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly socket?: boolean;
}

const lone = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' };
const act = (headers: Readonly<Record<string, string>>, more: Asking = {}): Promise<Reply> =>
  ask('/api/queue/retry', { method: 'POST', body: '{"ids":["4jX6Z215f0zwqHvm"]}', headers, ...more });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-guard-'));
  port = await freePort('127.0.0.1');
  relay = await startRelay({
    set: { ...lone, 'status.listen': `127.0.0.1:${port}`, 'status.hosts': 'proxy.example' },
  });
  token = (await readFile(join(relay.dataDir, 'status-token'), 'utf8')).trim();
  pageToken = (JSON.parse((await ask('/api/state')).body) as { pageToken: string }).pageToken;
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function logIn(): Promise<string> {
  const body = new URLSearchParams({ token }).toString();
  const { status, headers } = await ask(`/login?page=${pageToken}`, { method: 'POST', body });
  expect(status).toBe(303);
  return String(headers['set-cookie']);
}

/** That of the page which a browser with this cookie has. */
async function pageTokenOf(cookie: string): Promise<string> {
  const { body } = await ask('/api/state', { headers: { cookie } });
  return (JSON.parse(body) as { pageToken: string }).pageToken;
}

describe('the token', () => {
  it('is made for the page, random and nobody else’s', async () => {
    expect(token).toMatch(/^[\w-]{43}$/);
    expect((await stat(join(relay.dataDir, 'status-token'))).mode & 0o777).toBe(0o600);
  });

  it('is needed to act, not to look, on this machine', async () => {
    expect((await ask('/api/state')).status).toBe(200);
    expect((await act({ 'x-page-token': pageToken })).status).toBe(401);
    expect((await act({ authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('comes by a cookie that no script reads and no other site sends', async () => {
    const cookie = await logIn();
    expect(cookie).toMatch(/^dane_relay_page=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    const [value = ''] = cookie.split(';');
    const own = { 'x-page-token': await pageTokenOf(value) };
    expect((await act({ cookie: value, ...own })).status).toBe(200);
    expect((await act({ cookie: value, 'x-page-token': pageToken })).status).toBe(403);
    expect((await act({ cookie: `${value}x`, ...own })).status).toBe(401);
    const [name = '', session = ''] = value.split('=');
    const later = `${name}=${(Date.now() + 1).toString(36)}${session.slice(session.indexOf('.'))}`;
    expect((await act({ cookie: later, ...own })).status).toBe(401);
    const { headers } = await ask(`/logout?page=${own['x-page-token']}`, {
      method: 'POST',
      headers: { cookie: value },
    });
    expect(String(headers['set-cookie'])).toMatch(/^dane_relay_page=; .*Max-Age=0/);
  });

  it('that is wrong is refused and logged', async () => {
    expect((await act({ authorization: 'Bearer something-else-16' })).status).toBe(401);
    await relay.line(
      /master\[\d+\]: warning: the status page was asked with a token that nobody has, from 127\.0\.0\.1/,
    );
    const { status, body } = await ask(`/login?page=${pageToken}`, { method: 'POST', body: 'token=wrong' });
    expect([status, body]).toEqual([401, expect.stringContaining('This is not the token.')]);
  });

  it('that is another one in the file counts soon, and ends sessions', async () => {
    const [cookie = ''] = (await logIn()).split(';');
    const path = join(relay.dataDir, 'status-token');
    await writeFile(path, 'another-token-of-the-operator\n');
    const other = { authorization: 'Bearer another-token-of-the-operator' };
    await expect.poll(async () => (await act(other)).status).toBe(200);
    expect((await act({ cookie, 'x-page-token': pageToken })).status).toBe(401);
    await writeFile(path, `${token}\n`);
    await expect.poll(async () => (await act({ authorization: `Bearer ${token}` })).status).toBe(200);
  });
});

describe('another site in the browser of an operator', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '[::1'])(
    'is not answered by the name %s, nor at the socket',
    async (host) => {
      for (const socket of [false, true])
        for (const path of ['/', '/api/state', '/api/events', '/api/search?q=x'])
          expect([path, (await ask(path, { headers: { host }, socket })).status]).toEqual([path, 421]);
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:9100',
    '[::1]:9100',
    '192.0.2.7',
    'relay.test',
    'relay.test.',
    'Proxy.Example:443',
  ])('does not have the name %s', async (host) => {
    expect((await ask('/api/state', { headers: { host } })).status).toBe(200);
  });

  it.each([
    ['a form of another site', { origin: 'http://evil.example' }],
    ['a form of another port', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed frame', { origin: 'null', 'x-page-token': 'guessed' }],
    ['a request that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['one that it calls same-site', { 'sec-fetch-site': 'same-site' }],
    ['one without the token of the page', {}],
    ['one with the token of another start', { 'x-page-token': 'A'.repeat(43) }],
  ])('cannot act: %s', async (_, headers) => {
    const [cookie = ''] = (await logIn()).split(';');
    const isSent = 'origin' in headers || 'sec-fetch-site' in headers;
    const withToken = isSent ? { 'x-page-token': await pageTokenOf(cookie) } : {};
    const { status } = await act({ cookie, ...withToken, ...headers });
    expect(status).toBe(403);
  });

  it('cannot act at the socket either, where no token is needed', async () => {
    const { body } = await ask('/api/state', { socket: true });
    const { pageToken: ours } = JSON.parse(body) as { pageToken: string };
    const theirs = { origin: 'null', 'x-page-token': pageToken };
    expect((await act(theirs, { socket: true })).status).toBe(403);
    const origin = { origin: 'http://evil.example', 'x-page-token': ours };
    expect((await act(origin, { socket: true })).status).toBe(403);
    expect((await act({ origin: `http://127.0.0.1:${port}` }, { socket: true })).status).toBe(403);
    const own = { origin: `http://127.0.0.1:${port}`, 'x-page-token': ours };
    expect((await act(own, { socket: true })).status).toBe(200);
  });

  it('cannot log in', async () => {
    const body = new URLSearchParams({ token }).toString();
    expect((await ask('/login', { method: 'POST', body })).status).toBe(403);
    expect(
      (
        await ask(`/login?page=${pageToken}`, {
          method: 'POST',
          body,
          headers: { origin: 'http://evil.example' },
        })
      ).status,
    ).toBe(403);
  });

  it('cannot frame or read what it gets', async () => {
    for (const path of ['/', '/api/state', '/health', '/none']) {
      const { headers } = await ask(path);
      expect(headers, path).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('a program at the socket', () => {
  it('acts without any token', async () => {
    const path = join(relay.dataDir, 'relay.sock');
    const body = '{"ids":["4jX6Z215f0zwqHvm"]}';
    expect(await askStatus(path, '/api/queue/retry', { method: 'POST', body })).toMatchObject({
      status: 200,
      body: expect.stringContaining('"result":"unknown"'),
    });
  });
});

describe('requests that make no sense', () => {
  it('a span that there is not, a file that there is not', async () => {
    expect((await ask('/api/series?span=decade')).status).toBe(400);
    expect((await ask('/assets/0123456789abcdef/app.js')).status).toBe(404);
    expect((await ask('/assets/../page.html')).status).toBe(404);
  });
});

describe('status.token_file', () => {
  it.each([
    ['one that is too short', 'short\n'],
    ['one of two lines', 'a-token-of-16-characters\nand more\n'],
    ['nothing', ''],
  ])('with %s ends the start with 78', async (_, text) => {
    const path = join(directory, 'token');
    await writeFile(path, text);
    const { code, stderr } = await runCommand(['check-config'], { 'status.token_file': path });
    expect([code, stderr]).toEqual([78, expect.stringContaining('status.token_file')]);
  });
});
