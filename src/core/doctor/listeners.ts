import { dayOf, few, span } from './quantities.ts';
import { tellerOf, type Finding } from './finding.ts';

/** A certificate of a listener: the one that a client was shown, or while nothing listens the one in its file. */
export interface CertificateFacts {
  readonly from: 'shown' | 'file';
  /** The names in it, as clients read them. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** What clients would dial, and whether the certificate is for it. */
  readonly covers: readonly { readonly name: string; readonly isCovered: boolean }[];
  /** Whether a client with the authorities of this system would verify it; unknown for a file. */
  readonly chain: 'trusted' | 'self-signed' | 'private authority' | 'incomplete' | 'unknown';
}

/** What a client met at a listener. */
export type DialFacts =
  | { readonly kind: 'not tried'; readonly why: string }
  | { readonly kind: 'no greeting'; readonly why: string }
  | {
      readonly kind: 'greeted';
      /** Keywords of EHLO before TLS; empty if TLS came first. */
      readonly offered: readonly string[];
      /** The same under TLS; empty without TLS. */
      readonly offeredInTls: readonly string[];
      /** Why TLS did not come about although it should; undefined if it did, or is not wanted. */
      readonly tlsTrouble?: string;
      /** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384` */
      readonly tls?: string;
    };

export interface ListenerFacts {
  /** `127.0.0.1:2525`, `unix:/run/…` */
  readonly address: string;
  /** Its table in the settings. */
  readonly key: string;
  readonly isLoopback: boolean;
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly tlsRequired: boolean;
  readonly auth: 'none' | 'offer' | 'require';
  readonly tlsAuthOnly: boolean;
  readonly dial: DialFacts;
  /** Absent without TLS. */
  readonly certificate?: CertificateFacts;
  /** Why the files of the certificate cannot be used. */
  readonly certificateTrouble?: string;
}

const { ok, warn, fail, skip } = tellerOf('listeners');
const day = 86_400_000;
/** As the log warns. */
const soonMs = 14 * day;

export function judgeListeners(listeners: readonly ListenerFacts[], now: number): readonly Finding[] {
  if (listeners.length === 0)
    return [skip('listeners-none', 'this relay accepts no mail by SMTP: there is no listener')];
  return listeners.flatMap((listener) => judgeListener(listener, now));
}

function judgeListener(listener: ListenerFacts, now: number): readonly Finding[] {
  const { address, certificate, certificateTrouble, key } = listener;
  const findings = [...judgeDial(listener)];
  if (certificateTrouble !== undefined)
    findings.push(
      fail(
        'certificate-unusable',
        `${address}: the certificate cannot be used: ${certificateTrouble}`,
        `see ${key}.certificate and ${key}.key; dane-relay certificate create makes one`,
      ),
    );
  if (certificate !== undefined)
    findings.push(
      ...judgeDates(address, certificate, now),
      ...judgeNames(listener, certificate),
      ...judgeChain(address, certificate),
    );
  return findings;
}

function judgeDial({
  address,
  dial,
  tls,
  auth,
  tlsAuthOnly,
  isLoopback,
  key,
}: ListenerFacts): readonly Finding[] {
  if (dial.kind === 'not tried')
    return [skip('listener-not-tried', `${address} was not dialled: ${dial.why}`)];
  if (dial.kind === 'no greeting')
    return [
      {
        ...fail(
          'listener-silent',
          `${address} does not greet: ${dial.why}`,
          'see dane-relay health, and the log of the relay',
        ),
        effect: 'clients cannot hand over mail there',
      },
    ];
  if (dial.tlsTrouble !== undefined)
    return [
      {
        ...fail(
          'listener-no-tls',
          `${address}: ${dial.tlsTrouble}`,
          `look at the certificate of ${key}, and into the log of the relay`,
        ),
        effect: 'clients that want TLS cannot hand over mail there',
      },
    ];
  const findings: Finding[] = [];
  const inClear = dial.offered.filter((keyword) => /^AUTH\b/.test(keyword));
  const under = dial.offeredInTls.filter((keyword) => /^AUTH\b/.test(keyword));
  const offers = [...inClear, ...under].some((keyword) => keyword.split(' ').length > 1);
  if (auth !== 'none' && !offers && (tls !== 'none' || !tlsAuthOnly))
    findings.push(
      fail(
        'listener-no-auth',
        `${address} offers no login, though ${key}.auth = ${auth}`,
        'see intake.users: without users nobody can log in',
      ),
    );
  if (auth !== 'none' && tls === 'none' && tlsAuthOnly)
    findings.push(
      fail(
        'listener-no-auth',
        `${address}: logins are taken under TLS alone, and there is none (${key}.tls = none)`,
        `give it a certificate and ${key}.tls = starttls, or set ${key}.tls_auth_only = false`,
      ),
    );
  if (inClear.length > 0 && !isLoopback)
    findings.push(
      warn(
        'listener-auth-in-clear',
        `${address} takes passwords in clear from a network`,
        `set ${key}.tls_auth_only = true`,
      ),
    );
  if (findings.length > 0) return findings;
  const with_ = [
    dial.tls ?? (tls === 'none' ? 'no TLS' : ''),
    offers ? [...under, ...inClear][0] : 'no login',
  ].filter(Boolean);
  return [ok('listener-answers', `${address} greets clients: ${with_.join(', ')}`)];
}

function judgeDates(
  address: string,
  { notBefore, notAfter, from }: CertificateFacts,
  now: number,
): readonly Finding[] {
  const what = `${address}: the certificate ${from === 'shown' ? 'that clients see' : 'in its file'}`;
  const renew =
    'renew it (certbot renew, or dane-relay certificate create); the relay reads the new file within seconds';
  if (now < notBefore)
    return [
      fail(
        'certificate-not-yet',
        `${what} is not valid before ${dayOf(notBefore)}`,
        'look at the clock of this machine (dane-relay doctor --only clock)',
      ),
    ];
  if (now > notAfter)
    return [
      {
        ...fail(
          'certificate-expired',
          `${what} expired ${dayOf(notAfter)}, ${span(now - notAfter)} ago`,
          renew,
        ),
        effect: 'clients that verify it stop sending',
      },
    ];
  if (notAfter - now < soonMs)
    return [
      warn('certificate-expires', `${what} expires ${dayOf(notAfter)}, in ${span(notAfter - now)}`, renew),
    ];
  return [ok('certificate-valid', `${what} is valid until ${dayOf(notAfter)} (${span(notAfter - now)})`)];
}

/**
 * Clients compare what they dialled. On a loopback address that is mostly "localhost", from a network the name of the relay;
 * who dials an address by number rarely verifies.
 */
function judgeNames(
  { address, isLoopback, key }: ListenerFacts,
  { names, covers }: CertificateFacts,
): readonly Finding[] {
  const has = covers.filter(({ isCovered }) => isCovered).map(({ name }) => name);
  const lacks = covers.filter(({ isCovered }) => !isCovered).map(({ name }) => name);
  const [first] = covers;
  const shows = few(names) || 'no name';
  const make = `dane-relay certificate create makes one with all names that clients may dial; or name it with its key in ${key}.certificate`;
  if (first === undefined || lacks.length === 0)
    return [ok('certificate-names', `${address}: the certificate is for ${few(has) || shows}`)];
  if (has.length === 0)
    return [
      {
        ...fail(
          'certificate-wrong-name',
          `${address}: the certificate is for ${shows}, and clients dial ${few(lacks)}`,
          make,
        ),
        effect: 'clients that verify it send nothing there',
      },
    ];
  if (!first.isCovered)
    return [
      warn(
        'certificate-lacks-name',
        `${address}: the certificate is for ${few(has)}, and not for ${few(lacks)}${isLoopback ? ', which clients on this machine dial' : ''}`,
        make,
      ),
    ];
  return [
    ok(
      'certificate-names',
      `${address}: the certificate is for ${few(has)}; who dials ${few(lacks)} and verifies is refused`,
    ),
  ];
}

function judgeChain(address: string, { chain }: CertificateFacts): readonly Finding[] {
  switch (chain) {
    case 'trusted':
      return [ok('certificate-chain', `${address}: the chain leads to an authority that this system trusts`)];
    case 'self-signed':
    case 'private authority':
      return [
        warn(
          'certificate-private',
          `${address}: the certificate is ${chain === 'self-signed' ? 'self-signed' : 'of an authority that this system does not trust'}: many programs refuse it`,
          'dane-relay certificate trust says how clients come to trust it; or use a certificate of a public authority',
        ),
      ];
    case 'incomplete':
      return [
        fail(
          'certificate-chain-incomplete',
          `${address}: certificates between the one shown and its authority are missing`,
          'put the whole chain into the file (fullchain.pem of certbot, not cert.pem)',
        ),
      ];
    case 'unknown':
      return [];
  }
}
