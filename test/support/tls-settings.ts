import { readAuthorities } from '../../src/core/dane/authorities.ts';
import { daneDigests } from '../../src/core/dane/tlsa.ts';
import { tlsVersions, type TlsParameters } from '../../src/core/tls-policy/tls-parameters.ts';
import type { TlsSettings } from '../../src/core/tls-policy/tls-settings.ts';

/** What is offered where nobody says otherwise. */
export const usualTls: TlsParameters = { versions: tlsVersions, ciphers: 'medium', exclude: [] };

/** The settings of a relay that nobody has configured, and that trusts no authority. */
export const usualSettings: TlsSettings = {
  opportunistic: usualTls,
  mandatory: usualTls,
  serverName: '',
  fingerprints: { digest: 'sha256', values: [] },
  daneDigests,
  verifyCertMatch: ['hostname'],
  secureCertMatch: ['nexthop', 'dot-nexthop'],
  authorities: readAuthorities(''),
  mtaSts: 'enforce',
  stsAuthorities: () => readAuthorities(''),
  sticky: 'warn',
  stickyHorizonMs: 14 * 86_400_000,
  namesTrusted: false,
};
