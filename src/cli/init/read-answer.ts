import { listenerSettings, type ListenerKey } from '../../config/listener-settings.ts';
import { settingOf, type SettingKey } from '../../config/settings.ts';
import type { Kind } from '../../config/kinds.ts';

/** An answer as it is kept, or what was wanted instead, and perhaps why. */
export type Reading = { readonly text: string } | { readonly wanted: string };

/** Longer answers are none. */
export const LONGEST_ANSWER = 1_000;

/** The answer in the form of this setting. */
export function asSetting(key: SettingKey, items: readonly string[]): Reading {
  return asKind(settingOf(key).kind, items);
}

/** The same of a key of a listener. */
export function asListenerSetting(key: ListenerKey, items: readonly string[]): Reading {
  return asKind(listenerSettings[key].kind, items);
}

function asKind(kind: Kind<unknown>, items: readonly string[]): Reading {
  const reading = kind.read(items);
  if ('value' in reading) return { text: items.join(' ') };
  const [first] = reading.rejected;
  const item = first === undefined ? '' : (items[first.index] ?? '');
  const reason = first === undefined || first.reason === '' ? '' : ` (${first.reason})`;
  return { wanted: `"${item}"${reason}: wanted are ${kind.wanted}` };
}
