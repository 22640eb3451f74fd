import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../lab/certificates.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand, type Ended } from '../../support/run-command.ts';
import { removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { readTlsReport } from '../../support/tls-report-schema.ts';
import { daysAgo, startReportsLab, summaryOf, type ReportsLab } from './reports-lab.ts';

/** Reports over HTTPS, to servers that strangers name; and what becomes of reports that nobody gets. */

interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server;
let port = 0;
let world: ReportsLab;
const heard: Heard[] = [];
/** Statuses of the next answers. */
const answers: number[] = [];
const keep = belongings();
const dataDirs: string[] = [];

beforeAll(async () => {
  const { pem, privateKeyPem } = await makeCertificate({ commonName: 'another name' });
  server = createServer({ cert: pem, key: privateKeyPem }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { url = '', headers } = request;
      heard.push({ url, headers, body: Buffer.concat(parts) });
      response
        .writeHead(answers.shift() ?? 201, { location: 'https://elsewhere.test/' })
        .end('x'.repeat(100_000));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const wanting = (name: string, rua: string) =>
    ({
      name,
      dnssec: 'unsigned',
      records: () => ['@ MX 10 mx.good.test.', 'web A 127.0.0.1', `_smtp._tls TXT "v=TLSRPTv1; rua=${rua}"`],
    }) as const;
  world = await startReportsLab([
    wanting('web.test', `https://web.web.test:${port}/v1?a=%2C`),
    wanting('private.test', 'https://127.0.0.1/'),
    wanting('named.test', 'https://web.named.test/'),
    wanting('port.test', `https://web.port.test:${port}/`),
  ]);
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await world?.[Symbol.asyncDispose]();
  for (const directory of dataDirs) await removeDataDir(directory);
});

/** A relay that has mailed these domains some days ago. */
async function relayAfterMail(
  domains: readonly string[],
  set: Readonly<Record<string, string>> = {},
): Promise<RunningRelay> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-web-'));
  dataDirs.push(dataDir);
  const settings = { ...world.settings, ...set };
  const then = await startRelay({ dataDir, set: settings, env: daysAgo });
  const ids = await Promise.all(domains.map((domain) => sendMail(then.port, { to: `user@${domain}` })));
  for (const id of ids) await then.line(new RegExp(`${id}: removed`));
  await then.stop();
  return keep(await startRelay({ dataDir, set: settings }));
}

function tlsrpt({ dataDir }: RunningRelay, ...words: readonly string[]): Promise<Ended> {
  return runCommand(['tlsrpt', ...words], { data_dir: dataDir });
}

describe('a web server', () => {
  it('gets a report again until it takes it, whatever its certificate', async () => {
    answers.push(500, 302);
    const relay = await relayAfterMail(['web.test'], { 'tlsrpt.allow_private': 'true' });
    await relay.line(
      /for web\.test of .*: not taken by https:\/\/web\.web\.test:\d+\/v1\?a=,: answers 500; again at/,
    );
    const shown = await tlsrpt(relay, 'show', 'WEB.test.');
    expect(shown.stdout.toString()).toMatch(/ web\.test: 1 sessions well, 0 failed, due .*, tried 1 time\n/);
    expect((await tlsrpt(relay, 'send', 'web.test')).code).toBe(0);
    await relay.line(/not taken by .*: answers 302/);
    expect((await tlsrpt(relay, 'send')).code).toBe(0);
    await relay.line(/TLS report for web\.test of .*: sent to https:/);
    await until(() => heard.length === 3);
    const [first, ...others] = heard.map(({ body }) => readTlsReport(gunzipSync(body).toString()));
    expect(first && summaryOf(first)).toEqual(['tlsa mx.good.test 1/0']);
    // A receiver knows a report again that it has.
    for (const other of others) expect(other).toEqual(first);
    expect(heard[0]).toMatchObject({
      url: '/v1?a=,',
      headers: { 'content-type': 'application/tlsrpt+gzip', host: `web.web.test:${port}` },
    });
    expect(heard[0]?.headers).not.toHaveProperty('content-encoding');
    const after = await tlsrpt(relay, 'send');
    expect([after.code, after.stdout.toString()]).toEqual([75, expect.stringContaining('No report waits')]);
    expect(await relay.metrics()).toMatch(/^dane_relay_tls_reports_total\{result="sent"\} 1$/m);
  });

  it('is not connected to at a private address, or at another port', async () => {
    const before = heard.length;
    const relay = await relayAfterMail(['private.test', 'named.test', 'port.test']);
    await relay.line(
      /for private\.test .*: not taken by https:\/\/127\.0\.0\.1\/: 127\.0\.0\.1 has no address on the Internet/,
    );
    await relay.line(/for named\.test .*: web\.named\.test has no address on the Internet/);
    await relay.line(/for port\.test .*: not sent: no address that can be used/);
    expect(heard).toHaveLength(before);
  });
});

describe('nobody', () => {
  it('gets a report that nothing signs, and the log says so once', async () => {
    const relay = await relayAfterMail(['good.test', 'half.test'], { 'tlsrpt.contact': 'tls@other.test' });
    await relay.line(/for good\.test .*: not sent: mailto:tls\+rpt@reports\.test: no key/);
    await relay.line(/for half\.test .*: not sent: mailto:.*: no key/);
    expect(relay.matching(/no TLS reports go out by mail: there is no DKIM key of other\.test/)).toHaveLength(
      1,
    );
  });

  it('gets one that was suppressed', async () => {
    const before = heard.length;
    const relay = await relayAfterMail([], { 'tlsrpt.allow_private': 'true' });
    expect((await tlsrpt(relay, 'suppress', 'Web.Test')).code).toBe(0);
    expect((await tlsrpt(relay, 'suppress')).stdout.toString()).toMatch(/^web\.test since \d{4}-/);
    await relay.stop();
    const then = keep(await startRelay({ dataDir: relay.dataDir, env: daysAgo, set: { ...world.settings } }));
    const id = await sendMail(then.port, { to: 'user@web.test' });
    await then.line(new RegExp(`${id}: removed`));
    await then.stop();
    const now = keep(
      await startRelay({
        dataDir: relay.dataDir,
        set: { ...world.settings, 'tlsrpt.allow_private': 'true' },
      }),
    );
    await now.line(/for web\.test .*: not sent: suppressed/);
    expect(heard).toHaveLength(before);
    expect((await tlsrpt(now, 'suppress', '--remove', 'web.test')).code).toBe(0);
    expect((await tlsrpt(now, 'suppress', '--remove', 'web.test')).code).toBe(75);
  });
});
