import { resolve } from 'node:path';
import { has, valueOf } from '../cli/arguments.ts';
import type { importPostfixCommands } from '../cli/families/import-postfix.ts';
import { EX_OK } from './exit-codes.ts';
import type { Runner } from './runner.ts';

const usualDirectory = '/etc/postfix';

export const runners: Readonly<Record<keyof typeof importPostfixCommands, Runner>> = {
  async 'import-postfix'(command, { print, warn }) {
    const { importCounts, importSettings, importSummary } = await import('../cli/import-postfix.ts');
    const { postfixPorts, readPostfixFiles } = await import('../cli/postfix-files.ts');
    const files = readPostfixFiles(command.operands[0] ?? usualDirectory);
    const written = valueOf(command, 'output');
    const output = written === undefined ? undefined : resolve(written);
    const { besideOf, writeImport } = await import('../cli/write-import.ts');
    const pathOf = output === undefined ? () => undefined : besideOf(output);
    const imported = importSettings(files, postfixPorts, pathOf);
    for (const text of imported.warnings) warn(`warning: ${text}`);
    if (output !== undefined) {
      const paths = writeImport(output, imported.text, imported.draft.files, has(command, 'force'));
      if (!has(command, 'json')) for (const path of paths) print(`written: ${path}`);
    }
    if (has(command, 'json')) {
      const { importJson } = await import('../cli/import-json.ts');
      print(importJson(imported, files.main.file));
      return EX_OK;
    }
    const summary = importSummary(imported);
    if (output === undefined) {
      print(imported.text.trimEnd());
      for (const line of summary) warn(line);
    } else for (const line of summary) print(line);
    const counts = importCounts(imported);
    if (output === undefined) warn(counts);
    else
      print(
        `${counts}. All of it stands at the end of ${output}; try it: dane-relay check-config --config ${output}`,
      );
    return EX_OK;
  },
};
