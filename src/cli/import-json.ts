import type { Imported } from '../core/from-postfix/import.ts';
import type { WrittenSetting } from '../core/from-postfix/draft.ts';
import type { Assignment } from '../core/postfix/main-cf.ts';
import { shownValue } from '../core/from-postfix/shown.ts';

/** What `import-postfix --json` prints. No secrets are in it. */
export function importJson({ draft, warnings }: Imported, source: string): string {
  return JSON.stringify({
    schema: 1,
    source,
    settings: [...draft.settings.values()].map(settingView),
    listeners: draft.listeners.map(({ settings }) => settings.map(settingView)),
    tables: draft.files.map(({ key, name, entries, secret }) => ({ key, name, entries, secret })),
    notTaken: draft.untaken.map(({ origin, about, more, why, loss }) => ({
      ...(origin !== undefined && placeOf(origin)),
      about,
      more,
      why,
      loss,
    })),
    warnings,
  });
}

function settingView({ key, value, origins, notes }: WrittenSetting): object {
  return { key, value, from: origins.map(placeOf), notes };
}

function placeOf(one: Assignment): object {
  const { file, line, name, service } = one;
  return { file, line, parameter: name, value: shownValue(one), ...(service !== undefined && { service }) };
}
