import { parseSync } from 'oxc-parser';

/** One `import … from` or `export … from`. */
export interface Import {
  /** As it is written: `../core/mail/message.ts`, `node:net`, `bullmq`. */
  readonly from: string;
  /** What is imported of it by name; empty for a whole module (`* as`, a default, an import for its effect). */
  readonly names: readonly string[];
}

export interface ModuleImports {
  readonly imports: readonly Import[];
  /** Calls of `import(…)` of something else than a literal, in which a table of walls cannot look. */
  readonly dynamic: number;
}

/** What a TypeScript module imports, types included. Throws for text that is no module. */
export function importsOf(file: string, source: string): ModuleImports {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const imported = module.staticImports.map(({ moduleRequest, entries }) => ({
    from: moduleRequest.value,
    names: namesOf(entries.map(({ importName }) => importName)),
  }));
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, importName }) =>
      moduleRequest ? [{ from: moduleRequest.value, names: namesOf([importName]) }] : [],
    ),
  );
  const late = module.dynamicImports.map(({ moduleRequest }) =>
    literalOf(source.slice(moduleRequest.start, moduleRequest.end)),
  );
  const named = late.flatMap((from) => (from === undefined ? [] : [{ from, names: [] }]));
  return { imports: [...imported, ...exported, ...named], dynamic: late.length - named.length };
}

/** What a string literal says; undefined for any other expression. */
function literalOf(expression: string): string | undefined {
  return /^'([^'\\]*)'$/.exec(expression)?.[1];
}

function namesOf(
  entries: readonly { readonly kind: string; readonly name?: string | null }[],
): readonly string[] {
  const names = entries.map(({ kind, name }) => (kind === 'Name' ? (name ?? '*') : '*'));
  return names.includes('*') ? [] : names;
}
