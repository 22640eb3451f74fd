import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { loadSettings } from '../config/load.ts';
import { settingKeys } from '../config/settings.ts';
import type { Draft } from '../core/from-postfix/draft.ts';
import { importPostfix, type Imported, type PostfixFiles } from '../core/from-postfix/import.ts';
import type { ImportPorts } from '../core/postfix/ports.ts';
import { headings, settingsText, untakenLines } from '../core/from-postfix/settings-text.ts';

/** Settings that were made of a Postfix, and that the relay would start with. */
export interface ImportedSettings extends Imported {
  readonly text: string;
}

/**
 * Makes settings of the files of a Postfix. What the relay would refuse is left out, and told of. Throws
 * PostfixFileError.
 *
 * @param pathOf where the file of a table will be; undefined: nowhere
 */
export function importSettings(
  files: PostfixFiles,
  ports: ImportPorts,
  pathOf: (name: string) => string | undefined,
): ImportedSettings {
  const imported = importPostfix(files, ports);
  const { draft } = imported;
  const write = (): string => settingsText(draft, { source: files.main.file, order: settingKeys, pathOf });
  for (let text = write(); ; text = write()) {
    const problems = problemsOf(text);
    if (problems.length === 0) return { ...imported, text };
    const left = draft.settings.size + draft.listeners.length;
    for (const problem of problems) leaveOut(draft, problem);
    if (draft.settings.size + draft.listeners.length === left) throw new ConfigError(problems);
  }
}

function problemsOf(text: string): readonly ConfigProblem[] {
  try {
    loadSettings({ file: { name: 'relay.toml', text }, env: {}, sets: [] });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Leaves out the setting that there is a problem with, or if it has its default those that it is compared with. */
function leaveOut(draft: Draft, { key, wanted, found }: ConfigProblem): void {
  const [, index] = /^listener\[(\d+)\]/.exec(key) ?? [];
  if (index !== undefined) {
    const [listener] = draft.listeners.splice(Number(index), 1);
    const origin = listener?.settings.flatMap(({ origins }) => origins)[0];
    draft.refuse(origin, `no listener: ${key} would be ${found}, wanted ${wanted}`, 'protection');
    return;
  }
  const named = draft.settings.has(key)
    ? [key]
    : [...draft.settings.keys()].filter((one) => wanted.includes(one));
  for (const one of named) {
    const setting = draft.settings.get(one);
    const loss = one.startsWith('tls.') ? 'protection' : 'effect';
    for (const origin of setting?.origins ?? [])
      draft.refuse(origin, `${key}: found ${found}, wanted ${wanted}`, loss);
    draft.settings.delete(one);
    const at = draft.files.findIndex((file) => file.key === one);
    if (at !== -1) draft.files.splice(at, 1);
  }
}

/** What an operator should read, and how much else there is: for a terminal. */
export function importSummary({ draft }: Imported): readonly string[] {
  return (['protection', 'effect'] as const).flatMap((loss) => {
    const found = draft.untaken.filter((one) => one.loss === loss);
    const lines = found.flatMap((one) => untakenLines(one).map((line) => `  ${line}`));
    return found.length === 0 ? [] : [headings[loss], ...lines];
  });
}

/** How much was made of it, in a sentence. */
export function importCounts({ draft }: Imported): string {
  const of = (loss: string): number => draft.untaken.filter((one) => one.loss === loss).length;
  return (
    `${draft.settings.size} settings, ${draft.listeners.length} listeners with TLS or logins, ${draft.files.length} tables; not taken over: ` +
    `${of('protection')} that protect more, ${of('effect')} others, ${of('nothing')} without meaning here`
  );
}
