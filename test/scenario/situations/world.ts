import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, makeChain, tlsaRecord, wrongDigit } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain, LabHost, WorldNames } from '../../lab/world.ts';
import { day } from '../../support/test-ca.ts';

/** Destinations that are in trouble, each in one of its own: what is the matter is in its name. */
export interface TroubleLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly directory: string;
  /** What a relay must be told, as `--set` has it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly policies: readonly string[];
}

function domain(
  name: string,
  records: (names: WorldNames, mx: string) => readonly string[] = () => [],
  dnssec: LabDomain['dnssec'] = 'signed',
): LabDomain {
  const mx = `mx.${name}`;
  return {
    name,
    dnssec,
    records: (names) => ['@ MX 10 mx', `mx ${names.address(mx)}`, ...records(names, mx)],
  };
}

const own = (names: WorldNames, mx: string) => [`${names.tlsaOwner('mx')} 3600 ${names.tlsa(mx, '3 1 1')}`];

export async function startTroubleLab(): Promise<TroubleLab> {
  const [certificate, other, expired] = await Promise.all([
    makeCertificate({ names: ['*.test'], commonName: 'lab mail host' }),
    makeCertificate({ commonName: 'lab mail host' }),
    makeChain(['mx.expired.test'], {
      leaf: {
        names: ['mx.expired.test'],
        notBefore: new Date(Date.now() - 90 * day),
        notAfter: new Date(Date.now() - 2 * day),
      },
    }),
  ]);
  const host = (name: string, more: Partial<Extract<LabHost, { kind: 'scripted' }>> = {}): LabHost => ({
    kind: 'scripted',
    name: `mx.${name}.test`,
    certificates: [certificate],
    ...more,
  });
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-situations-'));
  const lab = await startLab({
    hosts: [
      host('good'),
      host('new-key'),
      host('expired', { certificates: [expired.leaf, expired.intermediate, expired.root] }),
      host('broken-signature'),
      host('bogus'),
      host('silent', { trouble: { at: 'before greeting', action: 'hang' } }),
      host('no-starttls', { startTls: false }),
      host('old-tls', { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } }),
      host('greylisting', { replies: { RCPT: '450 4.2.0 Greylisted, try again in five minutes' } }),
      host('no-such-user', { replies: { RCPT: '550 5.1.1 No such user here' } }),
      host('unsigned'),
      host('typing-error'),
      host('in-doubt', { trouble: { at: 'after final dot', action: 'drop' } }),
      host('small-mailbox', { extensions: ['PIPELINING', 'SIZE 100', '8BITMIME'] }),
      host('provider', {
        extensions: ['PIPELINING', 'AUTH PLAIN LOGIN'],
        replies: { AUTH: '535 5.7.8 Authentication credentials invalid' },
      }),
      { kind: 'absent', name: 'mx.nobody-there.test' },
      { kind: 'absent', name: 'mx.is-away.test' },
    ],
    domains: [
      domain('good.test', own),
      domain('new-key.test', (names) => [`${names.tlsaOwner('mx')} 3600 ${tlsaRecord(other, '3 1 1')}`]),
      domain('expired.test', (names) => [
        `${names.tlsaOwner('mx')} 3600 ${tlsaRecord(expired.root, '2 1 1')}`,
      ]),
      { ...domain('broken-signature.test', own), bogusRrsets: (names) => [`${names.tlsaOwner('mx')} TLSA`] },
      domain('bogus.test', own, 'bogus'),
      domain('silent.test', own),
      domain('no-starttls.test', own),
      domain('old-tls.test', own),
      domain('greylisting.test', own),
      domain('no-such-user.test', own),
      domain('unsigned.test', () => [], 'unsigned'),
      domain('typing-error.test', own),
      domain('in-doubt.test', own),
      domain('small-mailbox.test', own),
      domain('provider.test', own),
      domain('is-away.test'),
      domain('nobody-there.test', (names) => [
        `${names.tlsaOwner('mx')} 3600 ${wrongDigit(tlsaRecord(other, '3 1 1'))}`,
      ]),
    ],
  });
  await writeFile(join(directory, 'transport'), `by-provider.test smtp:[mx.provider.test]:${lab.port}\n`);
  await writeFile(join(directory, 'passwd'), `[mx.provider.test]:${lab.port} relay:wrong\n`, { mode: 0o600 });
  return {
    lab,
    directory,
    settings: {
      'dns.servers': lab.dnsServer,
      'delivery.port': String(lab.port),
      'delivery.connect_timeout': '5s',
      'delivery.helo_timeout': '3s',
      'delivery.transport_maps': join(directory, 'transport'),
      'delivery.sasl_auth_enable': 'true',
      'delivery.sasl_password_maps': join(directory, 'passwd'),
      'queue.ambiguous': 'hold',
    },
    policies: ['unsigned.test dane-only', 'typing-error.test dnae'],
    async [Symbol.asyncDispose]() {
      await lab.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
