import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { readOperatorFile, readOperatorText } from '../config/operator-file.ts';
import { readAuthorities, type Authorities } from '../core/dane/authorities.ts';
import { parseFingerprint } from '../core/dane/fingerprint.ts';
import type { Log } from '../core/log/log-event.ts';
import { isDane, isPkix } from '../core/levels/levels.ts';
import { originText } from '../core/route/lookup-table.ts';
import { parseTriedOut } from '../core/tls-policy/policy-entry.ts';
import type { AskedPolicy, EntryContext, PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import { exceptionOrigin } from '../core/tls-policy/exception.ts';
import { createExceptions, type Exceptions } from '../core/tls-policy/exceptions.ts';
import { parsePolicyMap, type PolicyMap } from '../core/tls-policy/policy-map.ts';
import { policyNames } from '../core/tls-policy/policy-names.ts';
import type { TlsSettings } from '../core/tls-policy/tls-settings.ts';
import { openOperatorTable, type Reread } from './operator-table.ts';
import { createSystemAuthorities, SYSTEM_AUTHORITIES } from './system-authorities.ts';

/** The TLS policy for each next hop, according to the current files of the operator. */
export interface TlsPolicies extends Reread {
  /** An exception, the entry of the policy map, or else the level for all. */
  policy(nextHop: string): PolicyEntry;
  /** The same, and what says so, for the operator: `tls.level`, or `FILE line 3, .example.org`. */
  ruleOf(nextHop: string): PolicyRule;
  /** What is tried out on mail for it; undefined if nothing is. */
  whatIf(nextHop: string): AskedPolicy | undefined;
  /** The defaults of an entry. */
  settings(): TlsSettings;
  /** Whether any destination may have a DANE level. */
  wantsDane(): boolean;
}

interface Found {
  readonly entry: PolicyEntry;
  readonly origin: () => string;
}

export interface PolicyRule {
  readonly entry: PolicyEntry;
  readonly origin: string;
}

type TlsConfig = Config['tls'];

/**
 * Throws ConfigError if a file cannot be read at the start. Invalid entries are logged and stay in force as `invalid`.
 */
export function openTlsPolicies(
  tls: TlsConfig,
  log: Log,
  exceptions: Exceptions = createExceptions(Date.now),
): TlsPolicies {
  const general = generalEntry(tls);
  const ofSystem = createSystemAuthorities();
  const { current, ...reread } = openOperatorTable(
    {
      file: tls.policyMaps,
      component: 'smtp',
      event: 'TLS policy',
      read: (warn) => readFiles(tls, ofSystem, warn),
      entries: 'policy entries',
      count: ({ entries }) => entries.size,
    },
    log,
  );

  /** An exception stands before the entry of the same name, and behind those that are nearer to the next hop. */
  function find(nextHop: string): Found {
    const { entries, origins } = current();
    for (const name of policyNames(nextHop)) {
      const exception = exceptions.at(name);
      if (exception !== undefined) {
        const entry = { kind: 'level', level: exception.level, exception } as const;
        return { entry, origin: () => exceptionOrigin(exception) };
      }
      const entry = entries.get(name);
      if (entry === undefined) continue;
      const origin = origins.get(name);
      return {
        entry,
        origin: () => (origin === undefined ? 'tls.level' : originText(tls.policyMaps, origin)),
      };
    }
    return { entry: general, origin: () => 'tls.level' };
  }

  return {
    ...reread,
    version: () => reread.version() + exceptions.version(),
    policy: (nextHop) => find(nextHop).entry,
    ruleOf(nextHop) {
      const { entry, origin } = find(nextHop);
      return { entry, origin: origin() };
    },
    whatIf(nextHop) {
      const { entry } = find(nextHop);
      const triedOut =
        entry === general ? current().whatIf : entry.kind === 'level' ? entry.whatIf : undefined;
      return triedOut?.kind === 'level' ? triedOut : undefined;
    },
    settings: () => current().settings,
    wantsDane: () =>
      exceptions.inForce().some(({ level }) => isDane(level)) ||
      asked(general, current()).some((entry) => entry.kind === 'level' && isDane(entry.level)),
  };
}

/** Where no entry says anything else, the setting for MTA-STS counts at every level that leaves something open. */
function generalEntry({ level, mtaSts }: TlsConfig): PolicyEntry {
  const isOpen = level === 'dane' || level === 'may' || level === 'encrypt';
  return { kind: 'level', level, general: true, ...(isOpen && { mtaSts }) };
}

interface Policies extends PolicyMap {
  readonly settings: TlsSettings;
  /** What is tried out where no entry counts. */
  readonly whatIf: PolicyEntry | undefined;
}

function readFiles(tls: TlsConfig, ofSystem: () => Authorities, warn: (text: string) => void): Policies {
  const digest = tls.fingerprintDigest;
  const values = tls.fingerprintCertMatch.flatMap((text) => parseFingerprint(text, digest) ?? []);
  const context: EntryContext = {
    fingerprints: { digest, values },
    readFile: (name) => readOperatorText(name, 'octets'),
  };
  const text =
    tls.policyMaps === '' ? '' : readOperatorFile(tls.policyMaps, 'tls.policy_maps', 'a policy map to read');
  const map = parsePolicyMap(text, tls.policyMaps, context);
  const whatIf = readWhatIf(tls, context);
  const triedOut = [
    whatIf,
    ...[...map.entries.values()].map((entry) => entry.kind === 'level' && entry.whatIf),
  ];
  const wanted = [...asked(generalEntry(tls), map), ...triedOut.filter((entry) => isEntry(entry))].some(
    (entry) => entry.kind === 'level' && isPkix(entry.level) && entry.anchors === undefined,
  );
  const authorities = authoritiesOf(tls.CAfile, wanted ? ofSystem : undefined, warn);
  const stsAuthorities = stsAuthoritiesOf(tls.mtaStsCaFile, ofSystem, warn);
  return { ...map, whatIf, settings: settingsOf(tls, context, { authorities, stsAuthorities }) };
}

function isEntry(entry: PolicyEntry | false | undefined): entry is PolicyEntry {
  return entry !== undefined && entry !== false;
}

/** Throws ConfigError. */
function readWhatIf(tls: TlsConfig, context: EntryContext): PolicyEntry | undefined {
  if (tls.whatIf.trim() === '') return undefined;
  const entry = parseTriedOut(tls.whatIf, context);
  if (entry.kind === 'level') return entry;
  const wanted = 'a level, with attributes as in the policy map or without';
  throw new ConfigError([{ where: 'the settings', key: 'tls.what_if', wanted, found: entry.reason }]);
}

function settingsOf(
  tls: TlsConfig,
  { fingerprints }: EntryContext,
  { authorities, stsAuthorities }: Pick<TlsSettings, 'authorities' | 'stsAuthorities'>,
): TlsSettings {
  return {
    opportunistic: { versions: tls.protocols, ciphers: tls.ciphers, exclude: tls.excludeCiphers },
    mandatory: {
      versions: tls.mandatoryProtocols,
      ciphers: tls.mandatoryCiphers,
      exclude: [...tls.excludeCiphers, ...tls.mandatoryExcludeCiphers],
    },
    serverName: tls.servername,
    fingerprints,
    daneDigests: tls.daneDigests,
    verifyCertMatch: tls.verifyCertMatch,
    secureCertMatch: tls.secureCertMatch,
    authorities,
    mtaSts: tls.mtaSts,
    stsAuthorities,
    sticky: tls.sticky,
    stickyHorizonMs: tls.stickyHorizonMs,
    namesTrusted: tls.CAfile !== '',
  };
}

function readOwnAuthorities(file: string, key: string): Authorities {
  const wanted = 'a PEM file of certification authorities';
  const authorities = readAuthorities(readOperatorFile(file, key, wanted, 'octets'));
  if (authorities.count > 0) return authorities;
  throw new ConfigError([{ where: file, key, wanted, found: 'no certificate in it' }]);
}

/** @param ofSystem absent if no policy needs them */
function authoritiesOf(
  caFile: string,
  ofSystem: (() => Authorities) | undefined,
  warn: (text: string) => void,
): Authorities {
  if (caFile !== '') return readOwnAuthorities(caFile, 'tls.CAfile');
  if (ofSystem === undefined) return readAuthorities('');
  const authorities = ofSystem();
  if (authorities.count === 0)
    warn(`no certification authorities in ${SYSTEM_AUTHORITIES}: at verify and secure nobody is trusted`);
  return authorities;
}

/**
 * Whom MTA-STS trusts. A file of the settings is read at once, so that a mistake shows; that of the system when it is first
 * asked for.
 */
function stsAuthoritiesOf(
  caFile: string,
  ofSystem: () => Authorities,
  warn: (text: string) => void,
): TlsSettings['stsAuthorities'] {
  if (caFile !== '') {
    const own = readOwnAuthorities(caFile, 'tls.mta_sts_ca_file');
    return () => own;
  }
  let system: Authorities | undefined;
  return () => {
    if (system !== undefined) return system;
    system = ofSystem();
    if (system.count === 0)
      warn(`no certification authorities in ${SYSTEM_AUTHORITIES}: for MTA-STS nobody is trusted`);
    return system;
  };
}

/** All policies. */
function asked(general: PolicyEntry, { entries }: PolicyMap): readonly PolicyEntry[] {
  return [general, ...entries.values()];
}
