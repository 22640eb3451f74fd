import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { readAuthorities, type Authorities } from '../core/dane/authorities.ts';
import { parseFingerprint } from '../core/dane/fingerprint.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { isDane, isPkix } from '../core/route/levels.ts';
import type { EntryContext, PolicyEntry } from '../core/route/policy-entry.ts';
import { lookupPolicy, parsePolicyMap, type PolicyMap } from '../core/route/policy-map.ts';
import type { TlsSettings } from '../core/route/tls-settings.ts';
import { messageOf, operatorFileError, readOperatorFile } from './operator-file.ts';

/** What the operator asks for towards each next hop, as the files he named say it now. */
export interface TlsPolicies {
  /** The entry of the policy map, else the level for all. */
  policy(nextHop: string): PolicyEntry;
  /** What an entry does not say. */
  settings(): TlsSettings;
  /** Whether any destination may be treated at a DANE level. */
  wantsDane(): boolean;
  /** Grows with every reading. */
  version(): number;
  /** Reads the files again. Throws when one cannot be read, and all stays as it was. */
  reload(): Promise<void>;
}

/** Where Debian keeps the authorities that the system trusts. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

type TlsConfig = Config['tls'];

/** Throws ConfigError when a file cannot be read at start. Entries that make no sense are logged and stay in force as `invalid`. */
export async function openTlsPolicies(tls: TlsConfig, log: Log): Promise<TlsPolicies> {
  const general: PolicyEntry = { kind: 'level', level: tls.level };
  const warn = (text: string): void =>
    log({ component: 'smtp', severity: 'warning', event: 'TLS policy', text });
  let current = await readFiles(tls, warn);
  let version = 1;

  return {
    policy: (nextHop) => lookupPolicy(current.map, nextHop) ?? general,
    settings: () => current.settings,
    wantsDane: () =>
      asked(general, current.map).some((entry) => entry.kind === 'level' && isDane(entry.level)),
    version: () => version,
    async reload() {
      current = await readFiles(tls, warn);
      version += 1;
      if (tls.policyMaps === '') return;
      const text = `${tls.policyMaps}: ${current.map.entries.size} policy entries`;
      log({ component: 'smtp', severity: 'info', event: 'TLS policy', text });
    },
  };
}

interface Files {
  readonly map: PolicyMap;
  readonly settings: TlsSettings;
}

async function readFiles(tls: TlsConfig, warn: (text: string) => void): Promise<Files> {
  const digest = tls.fingerprintDigest;
  const values = tls.fingerprintCertMatch.flatMap((text) => parseFingerprint(text, digest) ?? []);
  const context: EntryContext = { fingerprints: { digest, values }, readFile: readAnchorFile };
  const text =
    tls.policyMaps === ''
      ? ''
      : await readOperatorFile(tls.policyMaps, 'tls.policy_maps', 'a policy map to read');
  const map = parsePolicyMap(text, tls.policyMaps, context);
  for (const problem of map.problems) warn(problem);
  const wanted = asked({ kind: 'level', level: tls.level }, map).some(
    (entry) => entry.kind === 'level' && isPkix(entry.level) && entry.anchors === undefined,
  );
  const authorities = await authoritiesOf(tls.CAfile, wanted, warn);
  return { map, settings: settingsOf(tls, context, authorities) };
}

function settingsOf(tls: TlsConfig, { fingerprints }: EntryContext, authorities: Authorities): TlsSettings {
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
    namesTrusted: tls.CAfile !== '',
  };
}

/** @param wanted whether anybody is to be judged by them; the system's are read for nothing else */
async function authoritiesOf(
  caFile: string,
  wanted: boolean,
  warn: (text: string) => void,
): Promise<Authorities> {
  const some = 'a PEM file of certification authorities';
  if (caFile !== '') {
    const authorities = readAuthorities(await readOperatorFile(caFile, 'tls.CAfile', some));
    if (authorities.count === 0) throw operatorFileError(caFile, 'tls.CAfile', some, 'no certificate in it');
    return authorities;
  }
  const text = wanted ? await readFile(SYSTEM_AUTHORITIES, 'utf8').catch(() => '') : '';
  const authorities = readAuthorities(text);
  if (wanted && authorities.count === 0) {
    warn(`no certification authorities in ${SYSTEM_AUTHORITIES}: at verify and secure nobody is trusted`);
  }
  return authorities;
}

/** Every policy there is. */
function asked(general: PolicyEntry, { entries }: PolicyMap): readonly PolicyEntry[] {
  return [general, ...entries.values()];
}

/** These files are small, and read at start and when the operator asks for it, never for a delivery. */
function readAnchorFile(name: string): ReturnType<EntryContext['readFile']> {
  try {
    return { text: readFileSync(name, 'utf8') };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
