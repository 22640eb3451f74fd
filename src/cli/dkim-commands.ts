import type { Config } from '../config/config.ts';
import { parseSelector, parseSigningDomain } from '../core/dkim/key-names.ts';
import { recordName, recordText, zoneLines } from '../core/dkim/key-record.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { readKeys } from '../dkim/key-files.ts';
import { keySources, type KeySources } from '../dkim/key-sources.ts';
import { lookUpKeys } from '../dkim/look-up-keys.ts';
import { KeyFileError, makeKeys, type NewKeyType } from '../dkim/make-keys.ts';
import { publicKeyOf, type SigningKey } from '../dkim/signing-key.ts';
import { UsageError } from './usage-error.ts';

/** How the commands speak. */
export interface DkimVoice {
  readonly json: boolean;
  readonly print: (line: string) => unknown;
  /** For what is wrong. */
  readonly warn: (text: string) => void;
}

/** What the commands that see to DKIM keys are done with. */
export interface DkimTools extends DkimVoice {
  readonly sources: KeySources;
}

export function dkimTools(config: Pick<Config, 'dkim'>, dataDir: string, voice: DkimVoice): DkimTools {
  return { ...voice, sources: keySources(config, dataDir) };
}

/** How a command ended. */
export type DkimEnd = 'done' | 'wrong' | 'later';

export interface NewKeys {
  readonly domains: readonly string[];
  /** Absent: made of the date. */
  readonly selector?: string;
  readonly algorithm: NewKeyType;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** `dkim create`: new keys of domains. Throws UsageError for what is no name. */
export async function createKeysCommand(
  { domains, selector: given, algorithm, now }: NewKeys,
  tools: DkimTools,
): Promise<DkimEnd> {
  const names = domains.map(domainIn);
  const selector = given === undefined ? dateOf(now) : selectorIn(given);
  for (const domain of names) {
    try {
      for (const { file } of await makeKeys(tools.sources.directory, domain, selector, algorithm))
        if (!tools.json) tools.print(`; made ${file}`);
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      tools.warn(error.message);
      return 'later';
    }
    const { keys } = await readKeys(tools.sources);
    const made = keys.filter((key) => key.domain === domain && isOf(key.selector, selector));
    for (const key of made) showKey(key, tools);
  }
  if (!tools.json)
    tools.print(
      '; Put these records into the DNS; "dane-relay dkim check" tells when they can be seen there.',
    );
  return 'done';
}

/** `dkim show`: keys and their records. Throws ConfigError when keys cannot be looked for. */
export async function showKeysCommand(domains: readonly string[], tools: DkimTools): Promise<DkimEnd> {
  const { keys, isComplete } = await keysOf(domains, tools);
  for (const key of keys) showKey(key, tools);
  return isComplete ? 'done' : 'wrong';
}

/** `dkim check`: what the DNS has, held against the keys. */
export async function checkKeysCommand(
  domains: readonly string[],
  lookup: Lookup,
  tools: DkimTools,
): Promise<DkimEnd> {
  const { keys, isComplete } = await keysOf(domains, tools);
  let end: DkimEnd = isComplete ? 'done' : 'wrong';
  for (const { key, found } of await lookUpKeys(keys, lookup)) {
    if (found.state === 'unknown' && end === 'done') end = 'later';
    if (found.state !== 'published' && found.state !== 'unknown') end = 'wrong';
    const { domain, selector, algorithm, file } = key;
    const name = recordName(selector, domain);
    if (tools.json) tools.print(JSON.stringify({ domain, selector, algorithm, file, name, ...found }));
    else tools.print(`${name}: ${found.text}${found.alias === undefined ? '' : ` (at ${found.alias})`}`);
  }
  return end;
}

async function keysOf(
  domains: readonly string[],
  { sources, warn }: DkimTools,
): Promise<{ readonly keys: readonly SigningKey[]; readonly isComplete: boolean }> {
  const names = domains.map(domainIn);
  const { keys, problems, doubts } = await readKeys(sources);
  for (const text of [...problems, ...doubts.map((doubt) => `warning: ${doubt}`)]) warn(text);
  const chosen = keys.filter(({ domain }) => names.length === 0 || names.includes(domain));
  const without = names.filter((name) => !chosen.some(({ domain }) => domain === name));
  for (const name of without) warn(`there is no key of ${name}`);
  if (keys.length === 0 && names.length === 0) warn(`there is no key in ${sources.directory}`);
  return { keys: chosen, isComplete: problems.length === 0 && without.length === 0 && chosen.length > 0 };
}

function showKey(key: SigningKey, { json, print }: DkimTools): void {
  const { domain, selector, algorithm, bits, file } = key;
  const name = recordName(selector, domain);
  const value = recordText(publicKeyOf(key));
  if (json) {
    print(JSON.stringify({ domain, selector, algorithm, bits, file, name, type: 'TXT', value }));
    return;
  }
  print(`; ${algorithm}, ${bits} bits, ${file}`);
  for (const line of zoneLines(name, value)) print(line);
  print('; The same for a form of a provider:');
  print(`;   name   ${name}`);
  print(`;   value  ${value}`);
  print('');
}

function isOf(selector: string, start: string): boolean {
  return selector === start || selector === `${start}-rsa` || selector === `${start}-ed25519`;
}

function domainIn(text: string): string {
  const domain = parseSigningDomain(text);
  if (domain === undefined) throw new UsageError(`"${text}" is not the name of a domain.`);
  return domain;
}

function selectorIn(text: string): string {
  const selector = parseSelector(text);
  if (selector === undefined)
    throw new UsageError(`--selector is a name of letters, digits and hyphens, not "${text}".`);
  return selector;
}

/** `20261129` */
function dateOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
}
