import type { SecurityLevel } from '../levels/levels.ts';
import { hasForeignCode } from '../route/next-hop.ts';
import { parseTransportTable } from '../route/transport-table.ts';
import { policyKey } from '../tls-policy/policy-names.ts';
import type { Service } from '../postfix/master-cf.ts';
import { readYesNo } from '../postfix/quantities.ts';
import { readMaps, type MapEntry } from '../postfix/read-maps.ts';
import { listItems } from '../postfix/words.ts';
import type { WantedPolicy } from './policy-map.ts';
import { knownHops } from './route.ts';
import { originOf, type Taking } from './taking.ts';
import { generalLevel } from './tls-level.ts';
import { meaningOf, readTransport, serviceOf, type Transport } from './transports.ts';

/** What the transport table asks for besides. */
export interface TransportsTaken {
  /** The levels that services of its own have for where they send. */
  readonly policies: readonly WantedPolicy[];
  /** Destinations that it names. */
  readonly hops: readonly string[];
}

export function takeTransportTable(taking: Taking): TransportsTaken {
  const value = taking.scope.value('transport_maps');
  const { entries, otherwise, unread } = readMaps(value.text, taking.ports);
  for (const { about, why } of unread) taking.draft.refuse(originOf(value), why, 'effect', about);
  const writer = new TransportWriter(taking);
  for (const entry of entries) {
    // A table that answers every question is asked for the whole address first.
    if (otherwise !== undefined && !entry.key.includes('@'))
      writer.refuse(entry, 'never looked up, because of the static: table', 'nothing');
    else writer.entry(entry);
  }
  if (otherwise !== undefined) writer.entry({ key: '*', value: otherwise, where: 'static:' });
  writer.finish();
  return { policies: writer.policies, hops: writer.hops };
}

class TransportWriter {
  readonly policies: WantedPolicy[] = [];
  readonly hops: string[] = [];
  readonly #lines: string[] = [];
  #entries = 0;
  readonly #taking: Taking;
  readonly #isWrapped: boolean;
  readonly #level: SecurityLevel | undefined;

  constructor(taking: Taking) {
    this.#taking = taking;
    this.#isWrapped = readYesNo(taking.scope.value('smtp_tls_wrappermode').text) === true;
    this.#level = generalLevel(taking.scope)?.level;
  }

  entry(entry: MapEntry): void {
    const { services } = this.#taking;
    const transport = readTransport(entry.value);
    const service = serviceOf(transport.name, services);
    const { name } = transport;
    const meaning = name === '' ? 'smtp' : meaningOf(name, services);
    if (meaning === 'something else') {
      this.#waits(entry, `transport "${name}" has no equivalent`);
      return;
    }
    if (meaning !== 'smtp') {
      this.#add(entry, `${meaning}:${withoutForeignCode(meaning, transport.nextHop)}`);
      return;
    }
    const isWrapped =
      service !== undefined &&
      readYesNo(this.#taking.scopeOf(service).value('smtp_tls_wrappermode').text) === true;
    if (!isWrapped && this.#isWrapped && service !== undefined)
      this.refuse(
        entry,
        `service "${name}" begins without TLS; here all mail begins with it (tls.wrappermode)`,
        'effect',
      );
    const nextHop = listItems(transport.nextHop).join(', ');
    if (isWrapped && !listItems(nextHop).every((one) => /:[^\]:]+$/.test(one)))
      this.refuse(
        entry,
        'TLS from the first octet goes to port 465 where none is named, in Postfix to 25',
        'effect',
      );
    if (!this.#add(entry, name === '' ? `:${nextHop}` : `${isWrapped ? 'smtps' : 'smtp'}:${nextHop}`)) return;
    for (const hop of listItems(transport.nextHop)) this.hops.push(hop);
    if (service !== undefined) this.#policyOf(entry, transport, service);
  }

  refuse({ where, key }: MapEntry, why: string, loss: 'protection' | 'effect' | 'nothing'): void {
    this.#taking.draft.refuse(
      originOf(this.#taking.scope.value('transport_maps')),
      why,
      loss,
      `${where}, ${key}`,
    );
  }

  finish(): void {
    const { scope, draft } = this.#taking;
    const { origins } = scope.value('transport_maps');
    if (this.#entries === 0) return draft.account(origins);
    const text = `${this.#lines.join('\n')}\n`;
    draft.file(
      { key: 'delivery.transport_maps', name: 'transport', text, secret: false, entries: this.#entries },
      origins,
    );
  }

  /** Mail that would have gone another way than we know goes none. */
  #waits(entry: MapEntry, why: string): void {
    this.refuse(entry, `${why}; mail for it waits`, 'effect');
    this.#add(entry, `retry:4.3.0 not taken over from Postfix`);
  }

  #add(entry: MapEntry, value: string): boolean {
    const line = `${entry.key} ${value}`;
    const { entries, problems } = parseTransportTable(line, '');
    if (entries.size === 0) {
      this.refuse(entry, 'nothing is ever looked up under it', 'nothing');
      return false;
    }
    if (problems.length > 0) {
      this.#waits(entry, 'no next hop that is understood here');
      return false;
    }
    this.#lines.push(line);
    this.#entries += 1;
    return true;
  }

  /** The level of a service with one of its own, as entries of the policy map for where it sends. */
  #policyOf(entry: MapEntry, { name, nextHop }: Transport, service: Service): void {
    const override = ['smtp_tls_security_level', 'smtp_enforce_tls', 'smtp_use_tls'].flatMap(
      (one) => service.overrides.get(one) ?? [],
    )[0];
    if (override === undefined) return;
    this.#taking.draft.account([override]);
    const own = generalLevel(this.#taking.scopeOf(service));
    if (own === undefined || own.level === this.#level) return;
    const isWeak = own.level === 'none' || own.level === 'may';
    const named = listItems(nextHop);
    const keys = named.length > 0 ? named : [entry.key.slice(entry.key.lastIndexOf('@') + 1)];
    const shared = new Set(knownHops(this.#taking).map(policyKey));
    for (const one of keys) {
      const key = policyKey(one);
      if (key !== undefined && !shared.has(key) && (named.length > 0 || !isWeak))
        this.policies.push({ key, level: own.level, origin: override });
      else
        this.#taking.draft.refuse(
          override,
          `level ${own.level} of service "${name}" cannot be said of "${one}" alone: it needs an entry in tls.policy_maps`,
          isWeak ? 'effect' : 'protection',
        );
    }
  }
}

function withoutForeignCode(transport: 'error' | 'retry', text: string): string {
  return hasForeignCode(transport, text) ? text.trim().replace(/^\S+\s*/, '') : text;
}
