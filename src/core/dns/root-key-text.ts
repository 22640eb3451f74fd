import { keyTag } from './dnskey.ts';
import type { KeyState, RootKey, RootKeys } from './root-keys.ts';
import { anchorLines, rootAnchorKey, rootAnchorLine } from './trust-anchors.ts';

/** Unbound's numbers of the states (its `auto-trust-anchor-file`). */
const numbers: Readonly<Record<KeyState, number>> = {
  pending: 1,
  valid: 2,
  missing: 3,
  revoked: 4,
  removed: 5,
};
const states = new Map(Object.entries(numbers).map(([state, number]) => [number, state as KeyState]));

/**
 * The text of a file in which the root's keys are kept: the form that Unbound gives to its `auto-trust-anchor-file`,
 * which is a zone file with more in the comments. In a plain zone file, such as Debian's root.key, all keys are valid.
 */
export function parseRootKeys(text: string): RootKeys {
  const keys = text.split('\n').flatMap(parseKey);
  const time = (name: string): number => seconds(new RegExp(`^;;${name}: (\\d{1,12})`, 'm').exec(text)?.[1]);
  return {
    keys,
    queriedMs: time('last_queried'),
    succeededMs: time('last_success'),
    nextMs: time('next_probe_time'),
  };
}

export function printRootKeys(rootKeys: RootKeys): string {
  return [
    '; autotrust trust anchor file',
    ';;id: . 1',
    `;;last_queried: ${timeText(rootKeys.queriedMs)}`,
    `;;last_success: ${timeText(rootKeys.succeededMs)}`,
    `;;next_probe_time: ${timeText(rootKeys.nextMs)}`,
    ...rootKeys.keys.map(printKey),
    '',
  ].join('\n');
}

function parseKey(line: string): RootKey[] {
  const [record] = anchorLines(line);
  const key = record === undefined ? undefined : rootAnchorKey(record);
  if (key === undefined) return [];
  const number = (name: string): string | undefined => new RegExp(`;;${name}=(\\d{1,12})`).exec(line)?.[1];
  const state = states.get(Number(number('state') ?? numbers.valid));
  // Unbound writes "start" for a key that it has just seen for the first time.
  if (state === undefined) return [];
  return [{ key, state, sinceMs: seconds(number('lastchange')), seen: Number(number('count') ?? 0) }];
}

function printKey({ key, state, sinceMs, seen }: RootKey): string {
  const count = state === 'pending' ? seen : 0;
  return `${rootAnchorLine(key)} ;{id = ${keyTag(key.rdata)}} ;;state=${numbers[state]} ;;count=${count} ;;lastchange=${timeText(sinceMs)}`;
}

/** Epoch seconds, and the same for people. */
function timeText(ms: number): string {
  return `${Math.floor(ms / 1000)} ;;${new Date(ms).toISOString()}`;
}

function seconds(text: string | undefined): number {
  return Number(text ?? 0) * 1000;
}
