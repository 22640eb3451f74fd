import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Log } from '../core/log/log-event.ts';
import type { SecurityLevel } from '../core/levels/levels.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import { createExceptions } from '../core/tls-policy/exceptions.ts';
import type { RouteRules } from '../delivery/find-route.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import type { SessionOptions } from '../session/target.ts';
import { bugLog } from './bug-log.ts';
import { createLookups, routeRules, sessionOptions } from './delivering.ts';
import { openLogins, type Logins } from './logins.ts';
import { ownName } from './own-name.ts';
import { Parts } from './parts.ts';
import { heloNameOf } from './prepare.ts';
import { startResolving, type Resolving } from './resolving.ts';
import type { StsFinder } from '../sts/sts-finder.ts';
import { forgetfulStore, stsFinder } from './sts.ts';
import { openTlsPolicies, type TlsPolicies } from './tls-policies.ts';
import { openTransports, type Transports } from './transports.ts';

/** What a relay with these settings finds routes and speaks to hosts with. */
export interface CheckMeans {
  readonly config: Config;
  readonly rules: RouteRules;
  readonly tls: TlsPolicies;
  /** The same with another level for every destination, which no policy map changes. */
  readonly asked?: { readonly level: SecurityLevel; readonly tls: TlsPolicies };
  readonly transports: Transports;
  readonly resolving: Resolving;
  readonly lookups: FairLookups;
  readonly sts: Pick<StsFinder, 'find'>;
  readonly session: SessionOptions;
  /** What differs from the relay. */
  readonly notes: readonly string[];
}

export interface MeansOptions {
  readonly config: Config;
  readonly level?: SecurityLevel;
  /** Those of a running relay. */
  readonly exceptions: readonly PolicyException[];
}

/**
 * Does `work` with what a relay with these settings would deliver with; no relay need run, and one that runs is not
 * disturbed. Without `dns.servers` a private Unbound is started for it. Throws ConfigError and ChildError.
 */
export async function withCheckMeans<T>(
  { config, level, exceptions }: MeansOptions,
  work: (means: CheckMeans) => Promise<T>,
): Promise<T> {
  const log = (): void => {};
  const hostname = await ownName(config.hostname);
  const inForce = createExceptions(Date.now);
  inForce.replace(exceptions);
  const tls = openTlsPolicies(config.tls, log, inForce);
  const asked =
    level === undefined
      ? {}
      : { asked: { level, tls: openTlsPolicies({ ...config.tls, level, policyMaps: '' }, log) } };
  const transports = openTransports(config.delivery, config.tls.wrappermode, log);
  const { logins, notes } = loginsFor(config, log);
  const listening = config.listeners.flatMap(({ address }) => (address.kind === 'tcp' ? [address] : []));
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const parts = new Parts();
  try {
    const resolving = await startResolving({ dns: config.dns, dataDir, log, parts });
    const lookups = createLookups(resolving);
    const sts = stsFinder({
      config,
      tls,
      lookups,
      store: forgetfulStore(),
      log,
      trouble: bugLog(log, 'the check goes on'),
    });
    parts.add('MTA-STS', () => sts.close());
    return await work({
      config,
      rules: routeRules({ config, hostname, tls, transports, logins, listening: () => listening }),
      tls,
      ...asked,
      transports,
      resolving,
      lookups,
      sts,
      notes,
      session: sessionOptions({ config, hostname, heloName: heloNameOf(config, hostname), log }),
    });
  } finally {
    await parts.stop(() => {});
    await rm(dataDir, { recursive: true, force: true });
  }
}

/**
 * For one check: policies are asked for anew and forgotten after it, so that no mail knows more or less because of it.
 * Where mail asks for none, the check does not either.
 */
export async function withStsOfItsOwn<T>(
  means: Omit<CheckMeans, 'sts'>,
  trouble: (error: unknown) => void,
  work: (means: CheckMeans) => Promise<T>,
): Promise<T> {
  const { config, tls, lookups } = means;
  if (config.tls.mtaSts === 'off') return work({ ...means, sts: noSts });
  const sts = stsFinder({ config, tls, lookups, store: forgetfulStore(), log: () => {}, trouble });
  try {
    return await work({ ...means, sts });
  } finally {
    sts.close();
  }
}

const noSts: Pick<StsFinder, 'find'> = {
  find: async (domain) => ({ kind: 'found', domain, until: 0 }),
};

/** Anybody may check a destination, and not anybody may read the passwords. */
function loginsFor(
  { delivery }: Config,
  log: Log,
): { readonly logins: Logins; readonly notes: readonly string[] } {
  try {
    return { logins: openLogins(delivery, log), notes: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      logins: openLogins({ ...delivery, saslAuthEnable: false }, log),
      notes: ['delivery.sasl_password_maps cannot be read by this user: logins are left out'],
    };
  }
}
