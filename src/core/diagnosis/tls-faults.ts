import { isDane } from '../levels/levels.ts';
import type { TlsFault } from '../mail/status.ts';
import type { Diagnosis } from './diagnosis.ts';

type Mismatch = NonNullable<TlsFault['mismatch']>;

/** What a certificate is found to lack, after `HOST shows `. */
const shown: Readonly<Record<Mismatch, string>> = {
  'no certificate': 'no certificate at all',
  'no matching record': 'a key that none of its signed TLSA records names',
  'self-signed': 'a certificate that was not issued by the authority that its TLSA records name',
  'untrusted issuer': 'a certificate that was not issued by the authority that its TLSA records name',
  'name mismatch': 'a certificate for another name',
  expired: 'a certificate that has expired',
  'not yet valid': 'a certificate that is not valid yet',
  'bad signature': 'a certificate whose signature is wrong',
  'invalid CA': 'a certificate that was issued by somebody who may not issue any',
  'path too long': 'a certificate that was issued by somebody who may not issue any',
  purpose: 'a certificate that is not for a server',
  'name constraint': 'a certificate whose issuer may not issue one for this name',
  'critical extension': 'a certificate with conditions that this relay does not know',
  'malformed certificate': 'a certificate that cannot be read',
  'weak key or digest': 'a certificate so weak that it can be forged',
  'too much work': 'certificates that take too much work to check',
};

/** The same where no TLSA records count. */
const shownToAuthorities: Partial<Record<Mismatch, string>> = {
  'no matching record': 'a key whose fingerprint the settings do not name',
  'self-signed': 'a certificate that no trusted authority has issued',
  'untrusted issuer': 'a certificate that no trusted authority has issued',
};

/** Who wants TLS. */
const demands = {
  dane: 'Its signed TLSA records demand TLS.',
  sts: 'The MTA-STS policy of its domain demands TLS.',
  ours: 'The settings of this relay demand TLS for this destination.',
} as const;

/** Trouble with TLS, DANE or what says how much of it is wanted. @param domain of the mail */
export function diagnoseTls(fault: TlsFault, domain: string): Diagnosis {
  const { host, level, mismatch } = fault;
  const bySts = level === 'sts' || fault.kind === 'not in STS policy';
  const published = level === undefined ? fault.kind === 'TLSA lookup' : isDane(level);
  const theirs = {
    whose: 'receiver',
    advice: [
      `tell postmaster@${domain} (dane-relay explain --letter ${domain})`,
      `dane-relay check ${domain}`,
    ],
  } as const;
  const wish = `or ask less of ${domain} in tls.policy_maps`;
  const ours = { whose: 'us', advice: [`dane-relay check ${domain}`, wish] } as const;
  const owner = published || bySts ? theirs : ours;
  const demand = bySts ? demands.sts : published ? demands.dane : demands.ours;
  switch (fault.kind) {
    case 'certificate': {
      const words =
        mismatch === undefined ? 'a certificate that does not fit' : whatIsShown(mismatch, published);
      const why =
        published && (mismatch === undefined || mismatch === 'no matching record')
          ? ' Either somebody is in the middle, or a key was changed without its record.'
          : '';
      const kind = published && mismatch === 'no matching record' ? 'TLSA mismatch' : 'certificate refused';
      return { kind, cause: `${host} shows ${words}.${why}`, ...owner };
    }
    case 'not offered':
      return {
        kind: 'STARTTLS missing',
        cause: `${host} does not offer STARTTLS, or somebody on the way hides the offer. ${demand}`,
        ...owner,
      };
    case 'refused':
      return {
        kind: 'STARTTLS refused',
        cause: `${host} offers STARTTLS and refuses it when asked. ${demand}`,
        ...owner,
      };
    case 'handshake':
      return {
        kind: 'handshake failed',
        cause: `The TLS handshake with ${host} fails${mismatch === undefined ? '' : `: it shows ${whatIsShown(mismatch, published)}`}.`,
        ...owner,
      };
    case 'TLSA lookup':
      return {
        kind: 'TLSA lookup failed',
        cause: `The name servers of ${host} do not say whether it has TLSA records, or what they say has a wrong signature. To go on without an answer would let anybody switch DANE off.`,
        ...theirs,
      };
    case 'unsigned':
      return {
        kind: 'unsigned',
        cause: `The level dane-only is asked for, and the MX records of ${domain} are not signed.`,
        ...ours,
      };
    case 'no TLSA records':
      return {
        kind: 'no TLSA records',
        cause: `The level dane-only is asked for, and ${host} has no TLSA records.`,
        ...ours,
      };
    case 'unusable TLSA records':
      return {
        kind: 'unusable TLSA records',
        cause: `The level dane-only is asked for, and no TLSA record of ${host} can be used.`,
        ...ours,
      };
    case 'not in STS policy':
      return {
        kind: 'not in MTA-STS policy',
        cause: `The MTA-STS policy of ${domain} lists the mail hosts that may get its mail, and ${host} is none of them. Either the policy was forgotten when the hosts changed, or somebody has forged the MX records.`,
        ...theirs,
      };
    case 'STS unknown':
      return {
        kind: 'this machine',
        cause: `This relay cannot read the MTA-STS policies that it has stored, so nobody knows what ${domain} asks for.`,
        whose: 'us',
        advice: ['dane-relay doctor', 'dane-relay health'],
      };
    case 'not authenticated':
      return {
        kind: 'not authenticated',
        cause: `The message requires TLS (REQUIRETLS), and nothing says how ${host} could prove who it is: it has no signed TLSA records that can be used, and the settings name no other proof.`,
        whose: 'sender',
        advice: [`dane-relay check ${domain}`, 'send it without REQUIRETLS, or another way'],
      };
    case 'no REQUIRETLS':
      return {
        kind: 'no REQUIRETLS',
        cause: `The message requires TLS (REQUIRETLS), and ${host} does not promise to pass it on so: its EHLO within TLS does not offer it.`,
        whose: 'sender',
        advice: ['send it without REQUIRETLS, or another way'],
      };
    case 'DANE lost':
      return {
        kind: 'DANE lost',
        cause: `The mail hosts of ${domain} were proved by signed TLSA records not long ago, and now the DNS has no signatures for ${host} any more. Either ${domain} has given DNSSEC up, or somebody forges its records.`,
        whose: 'receiver',
        advice: [
          `ask postmaster@${domain}, on another way than mail, whether DNSSEC was switched off on purpose`,
          `if so: dane-relay sticky release ${domain}`,
          `dane-relay check ${domain}`,
        ],
      };
    case 'memory unknown':
      return {
        kind: 'this machine',
        cause: `This relay cannot read what it has stored about destinations with DANE, so nobody knows whether ${domain} had it.`,
        whose: 'us',
        advice: ['dane-relay doctor', 'dane-relay health'],
      };
    case 'settings':
      return {
        kind: 'settings',
        cause: `The settings of this relay for ${domain} contain a mistake, so nobody knows how secure the connection must be.`,
        whose: 'us',
        advice: ['dane-relay check-config', 'correct the line that the log names, then reload (SIGHUP)'],
      };
    case 'resolver':
      return resolverTrouble;
  }
}

/** The resolver of this relay does not validate, so that nothing can be believed. */
export const resolverTrouble: Diagnosis = {
  kind: 'resolver',
  cause:
    'The resolver of this relay does not validate DNSSEC at the moment, and to such a resolver every domain looks unsigned. Mail at the levels dane and dane-only waits; no host is asked and nothing is returned.',
  whose: 'us',
  advice: ['dane-relay doctor', 'dane-relay health'],
};

function whatIsShown(mismatch: Mismatch, published: boolean): string {
  return (published ? undefined : shownToAuthorities[mismatch]) ?? shown[mismatch];
}
