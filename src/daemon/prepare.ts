import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import { readWebhooks } from '../config/webhooks.ts';
import type { Webhook } from '../core/http/webhook.ts';
import type { Role } from '../config/role.ts';
import { createExceptions, type Exceptions } from '../core/tls-policy/exceptions.ts';
import { moreThanItsPart } from '../core/site/node-share.ts';
import type { Log } from '../core/log/log-event.ts';
import { openListeners, type Listeners, type ListenerSources } from './listeners.ts';
import { type AddressMaps, openAddressMaps } from './address-maps.ts';
import { advised } from './log-lines.ts';
import { openLogins, type Logins } from './logins.ts';
import { isFullName, ownName } from './own-name.ts';
import { openSenderRules, type SenderRules } from './sender-rights.ts';
import { checkStatusToken } from './status-token.ts';
import { openTlsPolicies, type TlsPolicies } from './tls-policies.ts';
import { openTransports, type Transports } from './transports.ts';
import { openUsers, type Users } from './users.ts';
import type { ActivatedSocket } from '../systemd/activated-sockets.ts';

/** The settings as they apply to this machine, before anything is served. */
export interface Prepared extends Listeners {
  readonly hostname: string;
  /** Our name in EHLO; empty if the relay has no name that servers would accept. */
  readonly heloName: string;
  /** None until they are read from the queue. */
  readonly exceptions: Exceptions;
  readonly tls: TlsPolicies;
  readonly transports: Transports;
  readonly logins: Logins;
  readonly addressMaps: AddressMaps;
  readonly users: Users;
  readonly senderRules: SenderRules;
  readonly webhooks: readonly Webhook[];
}

/**
 * Finds out everything that can be found out without serving. `run` begins with it, and `check-config` consists of it.
 * Doubtful settings are logged as warnings. Throws ConfigError.
 */
export async function prepare(
  config: Config,
  role: Role,
  log: Log,
  sources: ListenerSources = {},
): Promise<Prepared> {
  const { hostname, heloName } = await names(config, log);
  const exceptions = createExceptions(Date.now);
  const tls = openTlsPolicies(config.tls, log, exceptions);
  const transports = openTransports(config.delivery, config.tls.wrappermode, log);
  // A process that only accepts mail need not be able to read the passwords.
  const saslAuthEnable = config.delivery.saslAuthEnable && role !== 'intake';
  const logins = openLogins({ ...config.delivery, saslAuthEnable }, log);
  // A process that only delivers needs no users.
  const users = openUsers(role === 'delivery' ? '' : config.intake.users, log);
  const { appendOrigin, ...intake } = config.intake;
  const origin = appendOrigin === '' || appendOrigin === 'none' ? hostname : appendOrigin;
  const noMaps = { senderCanonicalMaps: '', virtualAliasMaps: '' };
  const addressMaps = openAddressMaps(role === 'delivery' ? noMaps : intake, origin, log);
  const senderRules = openSenderRules(config.intake, hostname, log);
  checkTrustAnchor(config.dns.trustAnchor);
  const { nodes } = config.delivery;
  for (const name of moreThanItsPart(config.delivery, nodes))
    log(
      advised(`${name}: less than one connection for each of ${nodes} nodes (delivery.nodes): each has one`),
    );
  checkStatusToken(config);
  const webhooks = readWebhooks(config.http.webhooks);
  if (role === 'delivery') refuseSockets(sources.activated ?? []);
  const listeners = await openListeners(config, log, role === 'delivery' ? {} : sources);
  const prepared = { hostname, heloName, ...listeners, exceptions, tls, transports, logins, users };
  return { ...prepared, addressMaps, senderRules, webhooks };
}

/** Our name in EHLO; empty if the relay has none that servers would accept. @param hostname of the relay, if need be a guess */
export function heloNameOf(config: Pick<Config, 'delivery' | 'hostname'>, hostname: string): string {
  return config.delivery.heloName || (config.hostname !== '' || isFullName(hostname) ? hostname : '');
}

async function names(config: Config, log: Log): Promise<Pick<Prepared, 'hostname' | 'heloName'>> {
  const hostname = await ownName(config.hostname);
  const heloName = heloNameOf(config, hostname);
  const warn = (text: string): void => log(advised(text));
  if (heloName === '') {
    warn(
      'hostname: this machine has no name with a domain: mail servers are told an address instead, and some take no mail then',
    );
  } else if (!isFullName(heloName) && !heloName.startsWith('[')) {
    warn(`hostname: "${heloName}" is no name with a domain: many mail servers take no mail from such a host`);
  }
  return { hostname, heloName };
}

/** Their clients would wait for ever. */
function refuseSockets(activated: readonly ActivatedSocket[]): void {
  if (activated.length === 0) return;
  const wanted = 'none, for it takes no mail: the unit of the sockets is for the intake (Service=)';
  const found = `sockets of systemd (${[...new Set(activated.map(({ name }) => name))].join(', ')})`;
  throw new ConfigError([{ where: '--role delivery', key: '', wanted, found }]);
}

/** Unbound would report this later, and only to the log. */
function checkTrustAnchor(file: string): void {
  if (file === '') return;
  const key = 'dns.trust_anchor';
  const wanted = 'a file of DS or DNSKEY records';
  if (/\b(?:DS|DNSKEY)\b/.test(readOperatorFile(file, key, wanted))) return;
  throw new ConfigError([{ where: file, key, wanted, found: 'none in it' }]);
}
