import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate, wrongDigit } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** RFC 2181 §11: names of the DNS are made of any octets. A zone that is really signed, with NSD and Unbound. */

let lab: Lab;
let relay: RunningRelay;

const host = 'mx.names.test';
/** As a master file has it, and as the log does. */
const odd = { written: String.raw`A\.b\200\001c\032d`, logged: String.raw`a\046b\200\001c\032d` };

beforeAll(async () => {
  const own = await makeCertificate({ commonName: 'lab mail host' });
  lab = await startLab({
    hosts: [{ kind: 'scripted', name: host, certificates: [own] }],
    domains: [
      {
        name: 'names.test',
        dnssec: 'signed',
        records: (names) => {
          const address = names.address(host);
          const [good, bad] = [names.tlsa(host, '3 1 1'), wrongDigit(names.tlsa(host, '3 1 1'))];
          const at = (name: string, tlsa: string): string => `${names.tlsaOwner(name)} ${tlsa}`;
          const mail = (domain: string): string[] => [`${domain} MX 10 mx.${domain}`];
          const chain = Array.from(
            { length: 11 },
            (_, hop) => `${hop === 0 ? 'mx.far' : `h${hop}`} CNAME ${hop === 10 ? 'mx' : `h${hop + 1}`}`,
          );
          return [
            `mx ${address}`,
            at('mx', good),
            // TLSA records shared by means of a wildcard that is asked for by its own name.
            ...mail('star'),
            `mx.star ${address}`,
            at('mx.star', 'CNAME *._dane'),
            `*._dane ${good}`,
            ...mail('octets'),
            `mx.octets ${address}`,
            at('mx.octets', `CNAME ${odd.written}`),
            `${odd.written} ${good}`,
            // Hosts that are aliases of such names: the TLSA records there come first.
            ...mail('base'),
            `mx.base CNAME ${odd.written}.base`,
            `${odd.written}.base ${address}`,
            at(`${odd.written}.base`, good),
            at('mx.base', bad),
            ...mail('base-bad'),
            `mx.base-bad CNAME *.base-bad`,
            `*.base-bad ${address}`,
            at('*.base-bad', bad),
            at('mx.base-bad', good),
            ...mail('fails'),
            `mx.fails CNAME ${odd.written}.fails`,
            `${odd.written}.fails ${address}`,
            at(`${odd.written}.fails`, good),
            // And a domain that is one.
            `hop CNAME *.hop`,
            `*.hop MX 10 mx`,
            ...mail('far'),
            ...chain,
            // Hosts that nobody can be called.
            'nameless MX 5 127.0.0.01.',
            'nameless MX 6 0177.0.0.1.',
            String.raw`nameless MX 7 m\032x`,
            'nameless MX 8 *.star',
            'nameless MX 10 mx',
            'nobody MX 10 0x7f.1.',
          ];
        },
        bogusRrsets: (names) => [`${names.tlsaOwner(`${odd.written}.fails`)} TLSA`],
      },
    ],
  });
  relay = await startRelay({ set: labSettings(lab) });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

async function verdictOn(domain: string): Promise<string> {
  const id = await sendMail(relay.port, { to: `a@${domain}.names.test` });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

const lastServerName = (): unknown => lab.host(host).sessions.at(-1)?.serverName;

test.each([
  ['TLSA records at a wildcard of their own', 'star', 'mx.star.names.test'],
  ['TLSA records at a name of any octets', 'octets', 'mx.octets.names.test'],
  ['a domain that is an alias of such a name', 'hop', 'mx.names.test'],
])('%s', async (_, domain, serverName) => {
  expect(await verdictOn(domain)).toMatch(/status=sent/);
  expect(relay.lines.findLast((line) => line.includes('TLS connection'))).toContain(
    'Verified TLS connection',
  );
  expect(lastServerName()).toBe(serverName);
});

test('a mail host that is an alias of such a name: its TLSA records count, and no SNI can say it', async () => {
  expect(await verdictOn('base')).toMatch(/relay=mx\.base\.names\.test\[.*status=sent/);
  expect(relay.lines.findLast((line) => line.includes('TLS connection'))).toContain(
    'Verified TLS connection established to mx.base.names.test',
  );
  expect(lastServerName() ?? undefined).toBeUndefined();
});

test('and where they do not match, those of the alias are no way around them', async () => {
  expect(await verdictOn('base-bad')).toMatch(/status=deferred \(Server certificate not verified\)/);
});

test('eleven aliases in a row, as many as Unbound follows', async () => {
  expect(await verdictOn('far')).toMatch(/status=sent/);
  expect(relay.lines.findLast((line) => line.includes('TLS connection'))).toContain(
    'Verified TLS connection',
  );
});

test('an MX record that names no host is passed over, and said so', async () => {
  expect(await verdictOn('nameless')).toMatch(/relay=mx\.names\.test\[.*status=sent/);
  for (const name of ['127.0.0.01', '0177.0.0.1', String.raw`m\032x.names.test`, '*.star.names.test']) {
    const text = `warning: malformed domain name in resource data of MX record for nameless.names.test: ${name}`;
    expect(relay.lines.some((line) => line.endsWith(text))).toBe(true);
  }
});

test('one that names nobody else makes mail wait', async () => {
  expect(await verdictOn('nobody')).toMatch(
    /relay=none, .*dsn=4\.4\.3, status=deferred \(Name service error for name=nobody\.names\.test type=MX: Malformed or unexpected name server reply\)/,
  );
});

test('a lookup of such a name that fails is told in one text that harms no log', async () => {
  expect(await verdictOn('fails')).toMatch(
    /status=deferred \(TLSA lookup error for mx\.fails\.names\.test:\d+\)/,
  );
  const name = `_${lab.port}._tcp.${odd.logged}.fails.names.test`;
  const text = `warning: DANE TLSA lookup problem: Name service error for name=${name} type=TLSA: SERVFAIL`;
  expect(relay.lines.filter((line) => line.includes(text))).toHaveLength(1);
});
