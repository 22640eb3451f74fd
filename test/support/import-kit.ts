import { importPostfix, type Imported } from '../../src/core/from-postfix/import.ts';
import type { ImportPorts } from '../../src/core/postfix/ports.ts';
import type { TomlValue } from '../../src/core/from-postfix/toml.ts';

/** For tests: a Postfix of texts. */
export interface TextualPostfix {
  readonly master?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export function portsOf(files: Readonly<Record<string, string>> = {}): ImportPorts {
  return {
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? { problem: 'no such file or directory' } : { text };
    },
    dumpTable: () => ({ problem: 'there is no postmap' }),
  };
}

export function importText(main: string, { master, files }: TextualPostfix = {}): Imported {
  return importPostfix(
    {
      main: { file: 'main.cf', text: main },
      ...(master !== undefined && { master: { file: 'master.cf', text: master } }),
      directory: '/etc/postfix',
    },
    portsOf(files),
  );
}

export function valuesOf({ draft }: Imported): Readonly<Record<string, TomlValue>> {
  return Object.fromEntries([...draft.settings].map(([key, { value }]) => [key, value]));
}

export function fileOf({ draft }: Imported, key: string): string | undefined {
  return draft.files.find((one) => one.key === key)?.text;
}

/** `loss: parameter: why`, with what it is about in front of the reason. */
export function untakenOf({ draft }: Imported): readonly string[] {
  return draft.untaken.map(
    ({ origin, about, why, loss }) =>
      `${loss}: ${origin?.name ?? '-'}: ${about.length === 0 ? '' : `${about.join('; ')}: `}${why}`,
  );
}
