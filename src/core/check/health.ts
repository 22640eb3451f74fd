import type { DiagnosisKind } from '../diagnosis/diagnosis.ts';
import type { CheckReport, ShownAddress, ShownCertificate, ShownRecord, StsUnproved } from './report.ts';

export const healthKinds = [
  'mismatch',
  'TLS',
  'expires',
  'no next record',
  'not in STS policy',
  'fails STS policy',
] as const;
/** From the worst on; `hint`: nothing is wrong today. */
export const healthSeverities = ['problem', 'warning', 'hint'] as const;

/**
 * What is or will be wrong with a destination, found without mail for it.
 *
 * - `mismatch`: an address does not show what signed records say. Mail for it waits, or goes to other addresses.
 * - `TLS`: signed records promise TLS, and an address does not speak it. The same happens to mail.
 * - `expires`: DANE depends on the date of a certificate (usage 2), and that is near.
 * - `no next record`: all usable records are of the key that is in use; the next key needs a record before it is used.
 * - `not in STS policy`: TLSA records protect a host that the MTA-STS policy of the destination does not list.
 * - `fails STS policy`: they protect an address whose certificate that policy does not accept.
 */
export interface HealthFinding {
  readonly kind: (typeof healthKinds)[number];
  readonly severity: (typeof healthSeverities)[number];
  /** `mx.example.org[192.0.2.25]:25`, or a host alone. */
  readonly where: string;
  /** One line. */
  readonly text: string;
  /** When the certificate expires; epoch ms. */
  readonly expiresAt?: number;
}

/**
 * Its hosts were proved by DANE not long ago, and nothing that is signed speaks of them now. Known with a memory
 * only.
 */
export interface LossFinding extends Pick<HealthFinding, 'text'> {
  readonly kind: 'DANE lost';
  readonly severity: 'problem';
}

export function lossesOf({ lost = [] }: Pick<CheckReport, 'lost'>): readonly LossFinding[] {
  return lost.map(({ text }) => ({ kind: 'DANE lost', severity: 'problem', text }));
}

export interface HealthRules {
  readonly now: number;
  /** A certificate that expires in this time is told. */
  readonly expiryMs: number;
}

const daneTa = 2;
const daneEe = 3;

/** The worst first. */
export function healthOf(
  report: Pick<CheckReport, 'hosts' | 'sts'>,
  rules: HealthRules,
): readonly HealthFinding[] {
  const addresses = report.hosts.flatMap(({ name, addresses: all }) =>
    all.map((address) => ({ host: name, address })),
  );
  const good = addresses.filter(({ address }) => address.verdict === 'protected').length;
  const found = addresses.flatMap(({ host, address }) => {
    const where = `${host}[${address.address}]:${address.port}`;
    return [
      ...mismatches(where, address, good),
      ...expiries(where, address, rules),
      ...lonelyKeys(host, address),
    ];
  });
  return distinct([...found, ...unlisted(report), ...unproved(report)]).toSorted(
    (one, other) => healthSeverities.indexOf(one.severity) - healthSeverities.indexOf(other.severity),
  );
}

const withoutTls: ReadonlySet<DiagnosisKind> = new Set([
  'STARTTLS missing',
  'STARTTLS refused',
  'handshake failed',
]);

function mismatches(
  where: string,
  { verdict, reason, diagnosis }: ShownAddress,
  good: number,
): readonly HealthFinding[] {
  if (verdict !== 'fails') return [];
  const others =
    good === 0 ? '' : `, while ${good} other ${good === 1 ? 'address is' : 'addresses are'} right`;
  const kind = diagnosis !== undefined && withoutTls.has(diagnosis.kind) ? 'TLS' : 'mismatch';
  return [{ kind, severity: 'problem', where, text: `${where}: ${reason}${others}` }];
}

/** The earliest end on the way from the certificate of the host to the one that a record names. */
function expiries(
  where: string,
  address: ShownAddress,
  { now, expiryMs }: HealthRules,
): readonly HealthFinding[] {
  const records = inUse(address);
  // RFC 7671 §5.1: under usage 3 the date does not count.
  if (address.verdict !== 'protected' || records.some((one) => matches(one, daneEe))) return [];
  const anchors = records.filter((one) => matches(one, daneTa)).flatMap((one) => one.matches);
  if (anchors.length === 0) return [];
  const path = (address.session?.chain ?? []).filter(({ depth }) => depth <= Math.max(...anchors));
  const [first] = path.flatMap(datedOf).toSorted((one, other) => one.at - other.at);
  if (first === undefined || first.at > now + expiryMs) return [];
  const days = Math.floor((first.at - now) / 86_400_000);
  const when = days < 0 ? 'has expired' : `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  return [
    {
      kind: 'expires',
      severity: 'warning',
      where,
      text: `${where}: the certificate ${first.subject} ${when}, and its record has usage 2, under which dates count`,
      expiresAt: first.at,
    },
  ];
}

function datedOf({ notAfter, subject }: ShownCertificate): readonly { at: number; subject: string }[] {
  const at = notAfter === undefined ? Number.NaN : Date.parse(notAfter);
  return Number.isNaN(at) ? [] : [{ at, subject }];
}

/** RFC 7671 §8.1: the record of the next key is published before the key is used. Usage 2 outlives keys of hosts. */
function lonelyKeys(host: string, address: ShownAddress): readonly HealthFinding[] {
  const records = inUse(address);
  if (address.verdict !== 'protected' || address.tlsa.kind !== 'records') return [];
  if (records.length === 0 || !records.every((one) => matches(one, daneEe))) return [];
  const { owner } = address.tlsa;
  const text = `${owner}: only the key in use is published; publish the record of the next one before it is used`;
  return [{ kind: 'no next record', severity: 'hint', where: host, text }];
}

/** Senders that know only MTA-STS do not deliver there (RFC 8461 §4.2), while those that know DANE do. */
function unproved({ hosts, sts }: Pick<CheckReport, 'hosts' | 'sts'>): readonly HealthFinding[] {
  const { mode, domain, unproved: all = [] } = sts ?? {};
  const isProtected = ({ host, address, port }: StsUnproved): boolean =>
    hosts
      .filter(({ name }) => name === host)
      .flatMap(({ addresses }) => addresses)
      .some((one) => one.address === address && one.port === port && one.verdict === 'protected');
  return all.filter(isProtected).map(({ host, address, port, reason }) => {
    const where = `${host}[${address}]:${port}`;
    const text = `${where}: protected by TLSA records, and its certificate would not do for the MTA-STS policy of ${domain} (${mode}): ${reason}`;
    return { kind: 'fails STS policy', severity: mode === 'enforce' ? 'warning' : 'hint', where, text };
  });
}

function unlisted({ hosts, sts }: Pick<CheckReport, 'hosts' | 'sts'>): readonly HealthFinding[] {
  const { mode, domain, unlisted: names = [] } = sts ?? {};
  if (mode === undefined || mode === 'none') return [];
  const protectedHosts = hosts.filter(
    ({ name, addresses }) => names.includes(name) && addresses.some(({ verdict }) => verdict === 'protected'),
  );
  return protectedHosts.map(({ name }) => ({
    kind: 'not in STS policy',
    severity: mode === 'enforce' ? 'warning' : 'hint',
    where: name,
    text: `${name}: protected by TLSA records, and not listed in the MTA-STS policy of ${domain} (${mode})`,
  }));
}

function inUse({ tlsa }: ShownAddress): readonly ShownRecord[] {
  return tlsa.kind === 'records'
    ? tlsa.records.filter(({ usable, suppressed }) => usable && !suppressed)
    : [];
}

function matches({ usage, matches: positions }: ShownRecord, wanted: number): boolean {
  return usage === wanted && positions.length > 0;
}

/** Each address of a host has the records of the host. */
function distinct(findings: readonly HealthFinding[]): readonly HealthFinding[] {
  return [...new Map(findings.map((one) => [one.text, one])).values()];
}
