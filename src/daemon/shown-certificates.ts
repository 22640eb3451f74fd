import { parseCertificate } from '../core/dane/certificate.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { tlsVersions, type TlsParameters } from '../core/tls-policy/tls-parameters.ts';
import type { Peer } from '../core/smtp/verdict.ts';
import { connect } from '../session/connect.ts';
import type { SessionOptions } from '../session/target.ts';

/** What an address shows in a handshake. */
export type ShownChain =
  | {
      /** DER as sent, the server's own first. */
      readonly chain: readonly [Uint8Array, ...Uint8Array[]];
      /** Another one, if the host has a second certificate with a key of another kind (RSA and ECDSA). */
      readonly second?: readonly [Uint8Array, ...Uint8Array[]];
    }
  | { readonly trouble: string };

export interface ShownCertificateOptions {
  /** SNI: as a delivery would send it (RFC 7672 §8.1). */
  readonly serverName: string;
  /** TLS from the first octet (RFC 8314 §3.3), instead of STARTTLS. */
  readonly implicit: boolean;
  readonly session: Omit<SessionOptions, 'judge'>;
}

const everything: TlsParameters = { versions: tlsVersions, ciphers: 'medium', exclude: [] };

/** With TLS 1.3 a client cannot choose the kind of key by a suite. */
const onlyRsa: TlsParameters = { versions: ['TLSv1.2'], ciphers: 'medium', exclude: ['aECDSA'] };
const onlyEcdsa: TlsParameters = { versions: ['TLSv1.2'], ciphers: 'medium', exclude: ['aRSA'] };

/** Asks an address for its certificates by a session in which no mail is offered. */
export async function shownCertificates(
  peer: Peer,
  options: ShownCertificateOptions,
  signal: AbortSignal,
): Promise<ShownChain> {
  const first = await shake(peer, everything, options, signal);
  if ('trouble' in first) return first;
  const family = parseCertificate(first.chain[0])?.key?.family;
  if (family !== 'RSA' && family !== 'EC') return first;
  const second = await shake(peer, family === 'RSA' ? onlyEcdsa : onlyRsa, options, signal);
  const isOther = 'chain' in second && Buffer.compare(second.chain[0], first.chain[0]) !== 0;
  return isOther ? { ...first, second: second.chain } : first;
}

async function shake(
  { host, address, port }: Peer,
  tls: TlsParameters,
  { serverName, implicit, session }: ShownCertificateOptions,
  signal: AbortSignal,
): Promise<Extract<ShownChain, { chain: unknown }> | { readonly trouble: string }> {
  const policy: UsableHost = {
    kind: 'use',
    level: 'encrypt',
    tlsa: [],
    referenceNames: [],
    tls,
    serverName,
    ...(implicit && { wrapper: true }),
    warnings: [],
    key: '',
  };
  let shown: readonly Uint8Array[] = [];
  const connected = await connect(
    { host, address, port, policy },
    {
      ...session,
      wholeChain: true,
      judge(chain) {
        shown = chain;
        return { word: 'Untrusted', ok: true };
      },
    },
    signal,
  );
  if (connected.kind === 'open') connected.session.close();
  // What happens after the handshake makes no difference here.
  const [own, ...above] = shown;
  if (own !== undefined) return { chain: [own, ...above] };
  return {
    trouble: connected.kind === 'open' ? 'no certificate: the server is anonymous' : connected.status.reason,
  };
}
