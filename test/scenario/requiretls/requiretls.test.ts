import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { parseReport } from '../../support/parse-report.ts';
import { removeDataDir } from '../../support/running-relay.ts';
import { submit } from '../../support/submit.ts';
import { startCorruptingProxy } from '../resolver/corrupting-proxy.ts';
import { plainContent, startRequireTlsLab, startSecureRelay, type SecureRelay } from './requiretls-world.ts';

/** RFC 8689, from the client to the next hop. */

let lab: Lab & { readonly authority: string };
let relay: SecureRelay;
const keep = belongings();

beforeAll(async () => {
  lab = await startRequireTlsLab();
  relay = await startSecureRelay(lab);
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

/** What a host was told of the message with this subject, and got of it. */
function heardBy(host: string, about: string): readonly string[] {
  return lab
    .host(host)
    .sessions.flatMap(({ tlsCommands }) => tlsCommands.filter((line) => line.includes(about)));
}

const mailsTo = (host: string, to: string) =>
  lab.host(host).messages.filter(({ recipients }) => recipients.includes(to));

/** The report that comes to a mailbox. */
async function reportTo(host: string, mailbox: string) {
  await until(() => mailsTo(host, mailbox).length > 0, `a report to ${mailbox}`);
  const [message] = mailsTo(host, mailbox);
  if (message === undefined) throw new Error('no report');
  return { message, report: await parseReport(message.data) };
}

describe('at the door', () => {
  test('in clear REQUIRETLS is neither offered nor taken', async () => {
    await expect(
      submit(relay.relay.port, {
        from: '<a@home.test> REQUIRETLS',
        to: ['<x@fit.test>'],
        content: plainContent,
      }),
    ).rejects.toThrow('530 5.7.10 Error: REQUIRETLS needs TLS: STARTTLS comes first');
  });

  test('what the operator has turned off is not taken under TLS either', async () => {
    const off = keep(await startSecureRelay(lab, { set: { 'intake.requiretls_enable': 'false' } }));
    await expect(off.send({ to: ['x@fit.test'] })).rejects.toThrow(
      '555 5.5.4 Unsupported option: REQUIRETLS',
    );
  });
});

describe('to the next hop', () => {
  test('a host that matches its TLSA record and offers it gets the mail, and the parameter', async () => {
    const id = await relay.send({ to: ['r2@fit.test'], from: '<r2@home.test> REQUIRETLS' });
    expect(await relay.verdict(id, 'r2@fit.test')).toMatch(/tls=dane\/requiretls, dsn=2\.0\.0, status=sent/);
    expect(heardBy('mx.fit.test', 'r2@home.test')).toEqual([
      expect.stringMatching(/^MAIL FROM:<r2@home\.test> .*REQUIRETLS$/),
    ]);
  });

  test('a host without it is passed over for the next one', async () => {
    const id = await relay.send({ to: ['r3@second.test'] });
    expect(await relay.verdict(id, 'r3@second.test')).toMatch(/relay=mx2\.second\.test\[.*status=sent/);
    expect(mailsTo('mx1.second.test', 'r3@second.test')).toEqual([]);
    expect(heardBy('mx1.second.test', 'r3@second.test')).toEqual([]);
    expect(heardBy('mx2.second.test', 'MAIL')).toEqual([expect.stringMatching(/REQUIRETLS$/)]);
  });

  test('where no host offers it the mail comes back at once, its header alone, and under REQUIRETLS', async () => {
    const id = await relay.send({ to: ['r4@none.test'], from: '<r4@home.test> REQUIRETLS RET=FULL' });
    expect(await relay.verdict(id, 'r4@none.test')).toMatch(
      /tls=dane\/!requiretls:none, dsn=5\.7\.30, status=bounced \(REQUIRETLS is required, but was not offered by host mx\.none\.test/,
    );
    const { report } = await reportTo('mx.home.test', 'r4@home.test');
    expect(report.status[1]).toMatchObject({ Action: 'failed', Status: '5.7.30' });
    expect(report.returned.subject).toBe('a secret');
    expect(report.parts[2]?.type).toBe('text/rfc822-headers');
    const said = heardBy('mx.home.test', 'MAIL FROM:<>');
    expect(said.length).toBeGreaterThan(0);
    for (const line of said) expect(line).toMatch(/ REQUIRETLS$/);
  });

  test.each([
    ['no-tlsa.test', 'no usable TLSA records'],
    ['unsigned.test', 'the MX records are not signed'],
  ])('%s cannot be authenticated, and the mail comes back: %s', async (domain, why) => {
    const to = `r5@${domain}`;
    const connections = lab.host('mx.no-tlsa.test').sessions.length;
    const id = await relay.send({ to: [to] });
    const verdict = await relay.verdict(id, to);
    expect(verdict).toMatch(/dsn=5\.7\.10, status=bounced \(REQUIRETLS is required, but host mx\./);
    expect(verdict).toContain(`cannot be authenticated: ${why})`);
    expect(lab.host('mx.no-tlsa.test').sessions.length).toBe(connections);
  });

  test.each([
    ['wrong.test', /tls=!dane, dsn=4\.7\.5, status=deferred \(Server certificate not verified\)/],
    ['stripped.test', /tls=!dane, dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered/],
  ])('what somebody in between can do returns no mail: %s', async (domain, wanted) => {
    const id = await relay.send({ to: [`w@${domain}`] });
    expect(await relay.verdict(id, `w@${domain}`)).toMatch(wanted);
  });

  test('while a host cannot be asked the mail waits', async () => {
    const id = await relay.send({ to: ['r6@down.test'] });
    expect(await relay.verdict(id, 'r6@down.test')).toMatch(
      /relay=mx2\.down\.test.*dsn=4\.7\.30, status=deferred \(REQUIRETLS is required, but was not offered/,
    );
  });

  test('what the operator knows of a host counts: verify behind signed MX records', async () => {
    const knowing = keep(
      await startSecureRelay(lab, { policies: [`no-tlsa.test verify tafile=${lab.authority}`] }),
    );
    const id = await knowing.send({ to: ['v@no-tlsa.test'], from: '<v@home.test> REQUIRETLS' });
    expect(await knowing.verdict(id, 'v@no-tlsa.test')).toMatch(
      /tls=verify\/requiretls, dsn=2\.0\.0, status=sent/,
    );
    expect(heardBy('mx.no-tlsa.test', '<v@home.test>')).toEqual([expect.stringMatching(/REQUIRETLS$/)]);
  });

  test('a session is shared by messages that it suits, and by no others', async () => {
    const slow = keep(
      await startSecureRelay(lab, { set: { 'delivery.connection_cache_time_limit': '60s' } }),
    );
    const before = lab.host('mx1.second.test').sessions.length;
    const plain = await slow.send({ to: ['s1@second.test'], from: '<s1@home.test>' });
    expect(await slow.verdict(plain, 's1@second.test')).toMatch(/relay=mx1\.second.*status=sent/);
    const secret = await slow.send({ to: ['s2@second.test'] });
    expect(await slow.verdict(secret, 's2@second.test')).toMatch(/relay=mx2\.second.*status=sent/);
    const again = await slow.send({ to: ['s3@second.test'], from: '<s3@home.test>' });
    expect(await slow.verdict(again, 's3@second.test')).toMatch(/conn_use=2.*status=sent/);
    expect(lab.host('mx1.second.test').sessions.length).toBe(before + 2);
  });

  test('one domain gets it and another one not, after a restart in between', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
    // Nobody answers there: mail waits for the resolver.
    const first = await startSecureRelay(lab, { dataDir, set: { 'dns.servers': '127.0.0.1:9' } });
    const to = ['r12@fit.test', 'r12@none.test'];
    const id = await first.send({ to, from: '<r12@home.test> REQUIRETLS' });
    await first[Symbol.asyncDispose]();
    expect(first.relay.matching(new RegExp(`${id}: to=`))).toEqual([]);

    const second = keep(await startSecureRelay(lab, { dataDir }));
    expect(await second.verdict(id, 'r12@fit.test')).toMatch(/\/requiretls, dsn=2\.0\.0, status=sent/);
    expect(await second.verdict(id, 'r12@none.test')).toMatch(/dsn=5\.7\.30, status=bounced/);
    expect(heardBy('mx.fit.test', 'r12@home.test')).toEqual([expect.stringMatching(/ REQUIRETLS$/)]);
  });
});

describe('reports about such mail', () => {
  test('to a host without it they go all the same, with nothing of the message', async () => {
    const id = await relay.send({ to: ['r7@none.test'], from: '<r7@old-home.test> REQUIRETLS' });
    expect(await relay.verdict(id, 'r7@none.test')).toContain('dsn=5.7.30');
    const { message, report } = await reportTo('mx.old-home.test', 'r7@old-home.test');
    expect(report.defects).toEqual([]);
    expect(report.status[1]).toMatchObject({ Action: 'failed', Status: '5.7.30' });
    expect(message.data.toString()).not.toContain('a secret');
    expect(heardBy('mx.old-home.test', 'MAIL FROM:<>')).toEqual([expect.not.stringContaining('REQUIRETLS')]);
  });
});

describe('TLS-Required: No', () => {
  const optional = `TLS-Required: No\r\n${plainContent}`;

  test('the TLSA records of a domain do not count for it, and are not asked for', async () => {
    const untrusted = (): number =>
      relay.relay.matching(/Untrusted TLS connection established to mx\.wrong\.test/).length;
    const before = untrusted();
    const id = await relay.send({ to: ['r8@wrong.test'], from: '<r8@home.test>', content: optional });
    expect(await relay.verdict(id, 'r8@wrong.test')).toMatch(/tls=dane:may, dsn=2\.0\.0, status=sent/);
    expect(
      relay.relay.matching(new RegExp(`${id}: TLS-Required: No: host mx\\.wrong\\.test need not prove`)),
    ).toHaveLength(1);
    expect(untrusted()).toBe(before + 1);
    // Other mail gets no such session.
    const usual = await relay.send({ to: ['u8@wrong.test'], from: '<u8@home.test>' });
    expect(await relay.verdict(usual, 'u8@wrong.test')).toContain('dsn=4.7.5, status=deferred');
  });

  test('the relay asks for no TLSA record then, and does for other mail', async () => {
    const proxy = await startCorruptingProxy(lab.resolver);
    keep({ [Symbol.asyncDispose]: () => proxy.close() });
    let asked: string[] = [];
    proxy.rule = ({ type, name }) => {
      if (name.endsWith('wrong.test')) asked.push(`${name} ${type}`);
      return undefined;
    };
    const watched = keep(await startSecureRelay(lab, { set: { 'dns.servers': proxy.server } }));
    const askedFor = async (from: string, content: string): Promise<readonly string[]> => {
      asked = [];
      const id = await watched.send({ to: ['q8@wrong.test'], from: `<${from}>`, content });
      await watched.verdict(id, 'q8@wrong.test');
      return asked.map((query) => query.split(' ')[1] ?? '');
    };
    const types = await askedFor('q8@home.test', optional);
    expect(new Set(types)).toEqual(new Set(['MX', 'A', 'AAAA']));
    expect(await askedFor('q8-usual@home.test', plainContent)).toContain('TLSA');
  });

  test('nor need a host offer TLS at all', async () => {
    const id = await relay.send({ to: ['c@clear.test'], from: '<c@home.test>', content: optional });
    expect(await relay.verdict(id, 'c@clear.test')).toContain('status=sent');
  });

  test('what the operator has written for a destination is not lowered', async () => {
    const strict = keep(
      await startSecureRelay(lab, { policies: ['wrong.test dane', 'no-tlsa.test secure'] }),
    );
    for (const to of ['r9@wrong.test', 'r9@no-tlsa.test']) {
      const id = await strict.send({ to: [to], from: '<r9@home.test>', content: optional });
      expect(await strict.verdict(id, to)).toContain('dsn=4.7.5, status=deferred');
    }
  });

  test('REQUIRETLS is stronger, and the field stays in the header', async () => {
    const id = await relay.send({ to: ['r10@fit.test'], content: optional });
    expect(await relay.verdict(id, 'r10@fit.test')).toMatch(/tls=dane\/requiretls, dsn=2\.0\.0, status=sent/);
    expect(mailsTo('mx.fit.test', 'r10@fit.test')[0]?.data.toString()).toContain('TLS-Required: No\r\n');
    const mismatch = await relay.send({ to: ['r10@wrong.test'], content: optional });
    expect(await relay.verdict(mismatch, 'r10@wrong.test')).toContain('dsn=4.7.5, status=deferred');
  });

  test.each([
    ['twice', `TLS-Required: No\r\n${optional}`, 'twice'],
    ['with another value', `TLS-Required: yes\r\n${plainContent}`, 'unknown value'],
    ['in the body', `${plainContent}TLS-Required: No\r\n`, undefined],
  ])('%s it counts for nothing', async (_, content, warning) => {
    const id = await relay.send({ to: ['r11@wrong.test'], from: '<r11@home.test>', content });
    expect(await relay.verdict(id, 'r11@wrong.test')).toContain('dsn=4.7.5, status=deferred');
    const warned = relay.relay.matching(new RegExp(`${id}: TLS-Required in the header is ignored`));
    expect(warned).toEqual(warning === undefined ? [] : [expect.stringContaining(`ignored: ${warning}`)]);
  });

  test('the operator can turn it off', async () => {
    const off = keep(await startSecureRelay(lab, { set: { 'intake.tls_required_enable': 'false' } }));
    const id = await off.send({ to: ['o@wrong.test'], from: '<o@home.test>', content: optional });
    expect(await off.verdict(id, 'o@wrong.test')).toContain('dsn=4.7.5, status=deferred');
  });

  test('a report about it says the same of itself', async () => {
    const id = await relay.send({ to: ['nobody@none.test'], from: '<n@home.test>', content: optional });
    expect(await relay.verdict(id, 'nobody@none.test')).toContain('status=bounced');
    const { message, report } = await reportTo('mx.home.test', 'n@home.test');
    expect(message.data.toString()).toMatch(/^TLS-Required: No\r$/m);
    expect(report.returned.subject).toBe('a secret');
  });
});
