import type { SecurityLevel } from '../levels/levels.ts';
import { isPkix } from '../levels/levels.ts';
import { parseEntry, type EntryContext, type PolicyEntry } from '../tls-policy/policy-entry.ts';
import { policyKey } from '../tls-policy/policy-names.ts';
import { policyWords, readPair } from '../tls-policy/policy-words.ts';
import type { Assignment } from '../postfix/main-cf.ts';
import { readMaps, type MapEntry, type MapsRead } from '../postfix/read-maps.ts';
import { blankWords } from '../postfix/words.ts';
import { originOf, type Taking } from './taking.ts';
import type { GeneralLevel } from './tls-level.ts';
import { knownFingerprints, namedVersions, nobody } from './tls-parameters.ts';

/** An entry that something else than the policy map asks for. */
export interface WantedPolicy {
  readonly key: string;
  readonly level: SecurityLevel;
  readonly origin: Assignment;
}

/** What the policy map came to, for what depends on it. */
export interface PolicyMapTaken {
  /** Every level that some destination has; of `static:` too. */
  readonly levels: ReadonlySet<SecurityLevel>;
  /** Some destination at verify or secure needs authorities. */
  readonly needsAuthorities: boolean;
}

/** Attributes for plugins that know policies of MTA-STS (Postfix 3.10). They add nothing to the level. */
const pluginAttributes = new Set([
  'policy_type',
  'policy_ttl',
  'policy_domain',
  'policy_string',
  'mx_host_pattern',
  'policy_failure',
]);

export function takePolicyMap(
  taking: Taking,
  general: GeneralLevel | undefined,
  wanted: readonly WantedPolicy[],
): PolicyMapTaken {
  const maps = taking.scope.value('smtp_tls_policy_maps');
  const perSite = taking.scope.value('smtp_tls_per_site');
  const isModern = maps.text !== '';
  const source = isModern ? maps : perSite;
  if (isModern && perSite.text !== '')
    taking.draft.refuse(
      originOf(perSite),
      'Postfix does not look at it where there is smtp_tls_policy_maps',
      'nothing',
    );
  const read = readMaps(source.text, taking.ports);
  for (const { about, why } of read.unread) taking.draft.refuse(originOf(source), why, 'protection', about);
  const writer = new PolicyWriter(taking, originOf(source));
  const level = general?.level ?? 'none';
  if (isModern) writer.modern(read, level);
  else if (perSite.text !== '') writer.perSite(read, level);
  for (const one of wanted) writer.wanted(one);
  writer.finish([...source.origins, ...wanted.map(({ origin }) => origin)]);
  return { levels: writer.levels, needsAuthorities: writer.needsAuthorities };
}

class PolicyWriter {
  readonly levels = new Set<SecurityLevel>();
  needsAuthorities = false;
  readonly #lines: string[] = [];
  readonly #keys = new Set<string>();
  readonly #taking: Taking;
  readonly #origin: Assignment | undefined;
  readonly #context: EntryContext;

  constructor(taking: Taking, origin: Assignment | undefined) {
    this.#taking = taking;
    this.#origin = origin;
    const { digest, values } = knownFingerprints(taking);
    this.#context = {
      fingerprints: { digest: digest ?? 'sha256', values },
      readFile: (name) =>
        name.startsWith('/') ? taking.ports.readFile(name) : { problem: 'only an absolute path can be read' },
    };
  }

  modern({ entries, otherwise }: MapsRead, general: SecurityLevel): void {
    for (const entry of entries) {
      // A table that answers every question leaves none about the domains above.
      if (otherwise !== undefined && entry.key.startsWith('.'))
        this.#refuse(entry, 'never looked up, because of the static: table', 'nothing');
      else this.#entry(entry, withoutPluginAttributes(entry.value));
    }
    if (otherwise !== undefined) this.#everybody(otherwise, general);
  }

  /** smtp_tls_per_site, which Postfix asks under the next hop and under the name of the mail host. */
  perSite({ entries, otherwise }: MapsRead, general: SecurityLevel): void {
    const demands = entries.filter(({ value }) => /^must/i.test(value));
    if (entries.length > 0)
      this.#taking.draft.refuse(
        this.#origin,
        'entries count for next hops alone, and no more for mail hosts of these names',
        demands.length > 0 ? 'protection' : 'effect',
      );
    for (const entry of entries) {
      const level = perSiteLevel(entry.value, general);
      if (level === 'as usual') continue;
      this.#entry(entry, level ?? 'unreadable');
    }
    if (otherwise === undefined) return;
    const level = perSiteLevel(otherwise, general);
    if (level !== 'as usual') this.#everybody(level ?? 'unreadable', general);
  }

  wanted({ key, level, origin }: WantedPolicy): void {
    if (this.#keys.has(key)) return;
    const where = `${origin.file}:${origin.line}`;
    this.#entry({ key, value: level, where }, level);
  }

  finish(origins: readonly Assignment[]): void {
    if (this.#lines.length === 0) {
      this.#taking.draft.account(origins);
      return;
    }
    const text = `${this.#lines.join('\n')}\n`;
    const file = {
      key: 'tls.policy_maps',
      name: 'tls_policy',
      text,
      secret: false,
      entries: this.#keys.size,
    };
    this.#taking.draft.file(file, origins);
  }

  #entry(entry: MapEntry, value: string): void {
    const key = policyKey(entry.key);
    if (/\.(?=\]|:\d+$|$)/.test(entry.key)) {
      this.#refuse(entry, 'a name with a dot at its end, which is never looked up', 'nothing');
      return;
    }
    if (key === undefined) {
      this.#refuse(entry, 'no next hop is called so', 'nothing');
      return;
    }
    if (this.#keys.has(key)) {
      this.#refuse(entry, 'there is an entry of the same name before it', 'nothing');
      return;
    }
    this.#keys.add(key);
    // An entry of several lines becomes one of one line.
    const line = namedVersions(blankWords(value).join(' '));
    const { entry: policy } = parseEntry(line, this.#context);
    if (policy.kind === 'level') {
      this.#know(policy);
      this.#lines.push(`${entry.key} ${policy.level === 'none' ? 'none' : line}`);
      return;
    }
    this.#refuse(
      entry,
      `${policy.reason}. Mail for it waits, as it does in Postfix with an entry that it cannot read`,
      'effect',
    );
    this.#lines.push(`# ${entry.where}: ${shown(policy.reason)}`, `${entry.key} secure match=${nobody}`);
    this.levels.add('secure');
  }

  #know({ level, anchors }: Extract<PolicyEntry, { kind: 'level' }>): void {
    this.levels.add(level);
    if (isPkix(level) && anchors === undefined) this.needsAuthorities = true;
  }

  /** `static:`, which takes the place of the general level. */
  #everybody(value: string, general: SecurityLevel): void {
    const { draft } = this.#taking;
    const origins = this.#origin === undefined ? [] : [this.#origin];
    const [word = '', ...attributes] = policyWords(withoutPluginAttributes(value));
    const { entry } = parseEntry(word, {
      ...this.#context,
      fingerprints: { ...this.#context.fingerprints, values: ['00'] },
    });
    if (entry.kind !== 'level') {
      draft.set('tls.level', 'secure', origins);
      draft.set(
        'tls.secure_cert_match',
        [nobody],
        origins,
        `static:, ${shown(entry.reason)}: mail waits, as in Postfix.`,
      );
      this.levels.add('secure');
      return;
    }
    this.#know(entry);
    draft.set(
      'tls.level',
      entry.level,
      origins,
      `static: stands for every destination, before the general level (${general}).`,
    );
    if (entry.level !== 'none' && attributes.length > 0)
      draft.refuse(
        this.#origin,
        'attributes of a static: policy have to be settings (tls.protocols, tls.ciphers, tls.secure_cert_match …)',
        'protection',
        attributes.join(' '),
      );
  }

  #refuse({ where, key }: MapEntry, why: string, loss: 'protection' | 'effect' | 'nothing'): void {
    this.#taking.draft.refuse(this.#origin, why, loss, `${where}, ${key}`);
  }
}

/** The level by an entry of smtp_tls_per_site: a specific one replaces the general level, MAY only a lower one. */
function perSiteLevel(value: string, general: SecurityLevel): SecurityLevel | 'as usual' | undefined {
  switch (value.toUpperCase()) {
    case 'NONE':
      return 'none';
    case 'MAY':
      return general === 'none' || general === 'may' ? 'may' : 'as usual';
    case 'MUST_NOPEERMATCH':
      return 'encrypt';
    case 'MUST':
      return 'verify';
    default:
      return undefined;
  }
}

function withoutPluginAttributes(value: string): string {
  const [level = '', ...words] = policyWords(value);
  const kept = words.filter((word) => {
    const pair = readPair(word);
    return 'problem' in pair || !pluginAttributes.has(pair.name.toLowerCase());
  });
  return [level, ...kept].join(' ');
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
