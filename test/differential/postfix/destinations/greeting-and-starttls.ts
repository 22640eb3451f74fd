import { makeCertificate } from '../../../lab/certificates.ts';
import type { ScriptedHost } from '../../../lab/world.ts';
import { destination, good, scripted, type Destination } from '../destination.ts';
import type { Material } from '../material.ts';

type Trouble = Omit<ScriptedHost, 'kind' | 'name' | 'certificates'>;

const troubles: Readonly<Record<string, Trouble>> = {
  'starttls-454': { replies: { STARTTLS: '454 4.7.0 TLS not available due to temporary reason' } },
  'starttls-554': { replies: { STARTTLS: '554 5.7.0 No TLS today' } },
  'starttls-absent': { startTls: false },
  'starttls-drop': { trouble: { at: 'after STARTTLS', action: 'drop' } },
  'handshake-drop': { trouble: { at: 'in handshake', action: 'drop' } },
  // The only suite on offer is for RSA, and the certificate has a key on a curve.
  'handshake-alert': { tls: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' } },
  'greeting-554': { greeting: '554 5.3.2 No service here' },
  'greeting-421': { greeting: '421 4.3.2 Too busy' },
  'greeting-drop': { trouble: { at: 'before greeting', action: 'drop' } },
  'ehlo-drop': { trouble: { at: 'after EHLO', action: 'drop' } },
  'ehlo-421': { replies: { EHLO: '421 4.3.2 Too busy' } },
  'ehlo-450': { replies: { EHLO: '450 4.3.2 Not now', HELO: '450 4.3.2 Not now' } },
  'ehlo-550': { replies: { EHLO: '550 5.7.1 Go away', HELO: '550 5.7.1 Go away' } },
  'helo-only': { replies: { EHLO: '502 5.5.1 Command not implemented' } },
  injected: { afterStartTls: '250 2.1.0 Injected' },
};

/** Trouble before the certificate: each with a TLSA record, so that TLS is demanded at `dane`, and without. */
export async function greetingAndStartTls({ ee }: Material): Promise<readonly Destination[]> {
  const old = await makeCertificate({ commonName: 'old', key: 'RSA-2048' });
  const ciphers = (suites: string) => `${suites}:@SECLEVEL=0`;
  const hosts = [
    ...Object.entries(troubles).map(([label, trouble]) => scripted(`${label}.test`, [ee], trouble)),
    scripted('no-certificate.test', [], {
      tls: { maxVersion: 'TLSv1.2', ciphers: ciphers('AECDH-AES256-SHA') },
    }),
    scripted('tls-1.0.test', [old], {
      tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: ciphers('DHE-RSA-AES256-SHA') },
    }),
    scripted('tls-1.2.test', [ee], { tls: { maxVersion: 'TLSv1.2' } }),
  ];
  return hosts.flatMap((host) => {
    const label = host.name.replace(/\.test$/, '').replace('.', '-');
    const record = good(host.certificates?.[0] ?? ee);
    return [
      destination(label, [{ host }]),
      destination(`${label}-tlsa`, [{ host: host.name, tlsa: [record] }]),
    ];
  });
}
