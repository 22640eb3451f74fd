import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { freePort } from '../../../src/children/free-port.ts';
import { makeCertificate, makeChain, wrongDigit } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain, LabHost, ScriptedHost, World, WorldNames } from '../../lab/world.ts';
import {
  labSettings,
  startRelay,
  type RelayOptions,
  type RunningRelay,
} from '../../support/running-relay.ts';
import { submit, type Submission } from '../../support/submit.ts';

const usual = ['PIPELINING', 'SIZE 104857600', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES'];
/** What a host says that keeps the promise. */
const promising = [...usual, 'REQUIRETLS'];

/**
 * Domains, each with hosts of its own: their names say what is different about them.
 *
 * | domain | hosts |
 * |---|---|
 * | fit | TLSA record that matches, REQUIRETLS |
 * | second | mx1 without REQUIRETLS, mx2 with it |
 * | none | TLSA record that matches, no REQUIRETLS; refuses nobody@ |
 * | no-tlsa | no TLSA record, REQUIRETLS, a certificate of the lab's CA |
 * | unsigned | MX records that are not signed, to the host of fit |
 * | down | TLSA records; mx1 refuses connections, mx2 has no REQUIRETLS |
 * | wrong | TLSA record with a wrong digit, REQUIRETLS |
 * | clear | no STARTTLS, no TLSA record |
 * | home | where the sender is; TLSA record that matches, REQUIRETLS |
 * | old-home | another one, without REQUIRETLS |
 */
export async function startRequireTlsLab(): Promise<Lab & { readonly authority: string }> {
  const [own, chain] = await Promise.all([
    makeCertificate({ commonName: 'lab mail host' }),
    makeChain(['mx.no-tlsa.test']),
  ]);
  const host = (name: string, extensions: readonly string[] = promising): ScriptedHost => ({
    kind: 'scripted',
    name,
    certificates: [own],
    extensions,
  });
  const hosts: readonly LabHost[] = [
    host('mx.fit.test'),
    host('mx1.second.test', usual),
    host('mx2.second.test'),
    { ...host('mx.none.test', usual), replies: { 'RCPT TO:<nobody@': '550 5.1.1 User unknown' } },
    { ...host('mx.no-tlsa.test'), certificates: [chain.leaf, chain.intermediate] },
    { kind: 'absent', name: 'mx1.down.test' },
    host('mx2.down.test', usual),
    host('mx.wrong.test'),
    { ...host('mx.clear.test'), startTls: false },
    { ...host('mx.stripped.test'), startTls: false },
    host('mx.home.test'),
    host('mx.old-home.test', usual),
  ];
  const world: World = {
    hosts,
    domains: [
      ...['fit', 'none', 'home', 'old-home'].map((name) => signed(name, ['mx'])),
      signed('second', ['mx1', 'mx2']),
      signed('down', ['mx1', 'mx2'], ({ tlsa }) => tlsa('mx2.down.test', '3 1 1')),
      signed('wrong', ['mx'], ({ tlsa }) => wrongDigit(tlsa('mx.wrong.test', '3 1 1'))),
      signed('stripped', ['mx'], ({ tlsa }) => tlsa('mx.stripped.test', '3 1 1')),
      signed('no-tlsa', ['mx'], () => undefined),
      signed('clear', ['mx'], () => undefined),
      { name: 'unsigned.test', dnssec: 'unsigned', records: () => ['@ MX 10 mx.fit.test.'] },
    ],
  };
  const lab = await startLab(world);
  const authority = join(lab.directory, 'authority.pem');
  await Promise.all([
    writeFile(authority, chain.root.pem),
    writeFile(join(lab.directory, 'relay.crt'), own.pem),
    writeFile(join(lab.directory, 'relay.key'), own.privateKeyPem, { mode: 0o600 }),
  ]);
  return { ...lab, authority };
}

/** @param record of a host; by default the one of its certificate */
function signed(
  domain: string,
  labels: readonly string[],
  record: (names: WorldNames, label: string) => string | undefined = ({ tlsa }, label) =>
    tlsa(`${label}.${domain}.test`, '3 1 1'),
): LabDomain {
  return {
    name: `${domain}.test`,
    dnssec: 'signed',
    records: (names) =>
      labels.flatMap((label, index) => {
        const tlsa = record(names, label);
        return [
          `@ MX ${10 * (index + 1)} ${label}`,
          `${label} ${names.address(`${label}.${domain}.test`)}`,
          ...(tlsa === undefined ? [] : [`${names.tlsaOwner(label)} ${tlsa}`]),
        ];
      }),
  };
}

export interface SecureRelay extends AsyncDisposable {
  readonly relay: RunningRelay;
  /** Of the listener with TLS from the first octet. */
  readonly securePort: number;
  /** Hands a message over under TLS, and resolves to its id. */
  send(submission: Partial<Submission> & { readonly to: readonly string[] }): Promise<string>;
  /** The delivery record of a recipient. */
  verdict(id: string, to: string): Promise<string>;
}

export const plainContent =
  'From: a@home.test\r\nSubject: a secret\r\nMessage-ID: <m1@home.test>\r\n\r\nHello.\r\n';

/** A relay with a listener in clear (which offers STARTTLS where `startTls`) and one with TLS. */
export async function startSecureRelay(lab: Lab, options: RelayOptions = {}): Promise<SecureRelay> {
  const [port, securePort] = await Promise.all([freePort('127.0.0.1'), freePort('127.0.0.1')]);
  const certified = `certificate = ["${join(lab.directory, 'relay.crt')}"], key = ["${join(lab.directory, 'relay.key')}"]`;
  const listeners = [
    `{ address = "127.0.0.1:${port}", tls = "starttls", ${certified} }`,
    `{ address = "127.0.0.1:${securePort}", tls = "implicit", ${certified} }`,
  ];
  const relay = await startRelay({
    ...options,
    set: {
      ...labSettings(lab),
      listen: '',
      listener: `[${listeners.join(', ')}]`,
      'delivery.log_tls_feature_status': 'true',
      ...options.set,
    },
  });
  return {
    relay,
    securePort,
    send: ({ to, from = '<a@home.test> REQUIRETLS', content = plainContent }) =>
      submit(securePort, { from, to: to.map((one) => `<${one}>`), content, tls: true }),
    verdict: (id, to) => relay.line(new RegExp(`${id}: to=<${to}>.*status=`)),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
