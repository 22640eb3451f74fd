import { readTable, type TableOrigin } from '../route/lookup-table.ts';
import { parseEntry } from './policy-entry.ts';
import { policyKey, policyNames } from './policy-names.ts';
import type { EntryContext, ParsedEntry, PolicyEntry } from './policy-entry.ts';

export interface PolicyMap {
  readonly entries: ReadonlyMap<string, PolicyEntry>;
  /** Where each entry stands, under the same names. */
  readonly origins: ReadonlyMap<string, TableOrigin>;
  /** For the operator, each with file and line. */
  readonly problems: readonly string[];
}

/**
 * Reads the source of a Postfix policy map (`smtp_tls_policy_maps`) as postmap does: `KEY LEVEL` a line, a line that
 * begins with white space goes on from the one before, `#` begins a comment line. Any text gives a map.
 */
export function parsePolicyMap(text: string, fileName: string, context: EntryContext): PolicyMap {
  const entries = new Map<string, PolicyEntry>();
  const origins = new Map<string, TableOrigin>();
  const problems: string[] = [];
  for (const { line, key, value, misplaced } of readTable(text)) {
    const report = (problem: string): unknown => problems.push(`${fileName}:${line}: ${problem}`);
    const nextHop = policyKey(key);
    const name = nextHop ?? key.toLowerCase();
    if (entries.has(name)) {
      report(`next-hop destination "${key}": duplicate entry, the first one counts`);
      continue;
    }
    // Postfix drops such a line. Then its destination would get less than was asked for.
    const { entry, ignored } = misplaced ? outOfPlace : parseEntry(value, context);
    entries.set(name, entry);
    origins.set(name, { line, key });
    if (entry.kind === 'invalid') report(`next-hop destination "${key}": ${entry.reason}`);
    // Postfix says nothing, and the destination that was meant gets less than was asked for.
    else if (nextHop === undefined) report(`next-hop destination "${key}": no next hop is called so`);
    else if (entry.whatIf?.kind === 'invalid') {
      report(`next-hop destination "${key}": what_if is not tried out: ${entry.whatIf.reason}`);
    }
    for (const word of ignored) {
      report(`next-hop destination "${key}": ignoring attribute "${word}" with TLS disabled`);
    }
  }
  return { entries, origins, problems };
}

/**
 * The entry for a next hop: under the next hop itself as it stands, brackets and port included; and for a bare
 * domain name under `.parent` too, nearest first. `example.org` says nothing about `sub.example.org`.
 */
export function lookupPolicy(map: PolicyMap, nextHop: string): PolicyEntry | undefined {
  const name = nameOfEntry(map, nextHop);
  return name === undefined ? undefined : map.entries.get(name);
}

/** Where that entry stands in its file. */
export function policyOrigin(map: PolicyMap, nextHop: string): TableOrigin | undefined {
  const name = nameOfEntry(map, nextHop);
  return name === undefined ? undefined : map.origins.get(name);
}

function nameOfEntry({ entries }: PolicyMap, nextHop: string): string | undefined {
  for (const name of policyNames(nextHop)) if (entries.has(name)) return name;
  return undefined;
}

const outOfPlace: ParsedEntry = {
  entry: { kind: 'invalid', reason: 'nothing before it that it could continue' },
  ignored: [],
};
