import { parseSync, Visitor } from 'oxc-parser';

/** A regular expression of a module. */
export interface Expression {
  /** `src/file.ts:12` */
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

export interface ModuleExpressions {
  readonly literals: readonly Expression[];
  /** Calls that make one of a text, as they are written: nobody can look into them here. */
  readonly made: readonly string[];
}

/** The regular expressions of a TypeScript module. Throws for text that is no module. */
export function expressionsIn(file: string, text: string): ModuleExpressions {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const literals: Expression[] = [];
  const made: string[] = [];
  new Visitor({
    Literal(node) {
      if (!('regex' in node)) return;
      const line = text.slice(0, node.start).split('\n').length;
      literals.push({ where: `${file}:${line}`, source: node.regex.pattern, flags: node.regex.flags });
    },
    CallExpression({ callee, start, end }) {
      if (callee.type === 'Identifier' && callee.name === 'RegExp') made.push(text.slice(start, end));
    },
    NewExpression({ callee, start, end }) {
      if (callee.type === 'Identifier' && callee.name === 'RegExp') made.push(text.slice(start, end));
    },
  }).visit(program);
  return { literals, made };
}
