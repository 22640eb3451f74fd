import { expand, type ExpansionBudget } from '../postfix/expand.ts';
import type { Assignment, MainCf } from '../postfix/main-cf.ts';
import { PostfixFileError } from '../postfix/postfix-file-error.ts';
import { isSecret } from './shown.ts';
import { parameters } from '../postfix-rows/parameters.ts';

/** The value of a parameter as Postfix would use it. */
export interface Effective {
  readonly text: string;
  /** Assignments that the text comes from: its own, and those of `$name` in it. None: all of it is by default. */
  readonly origins: readonly Assignment[];
  /** Parameters in it that nobody has set, and whose default is not known here. They stay in the text as `$name`. */
  readonly unknown: readonly string[];
}

/** The parameters of one program of Postfix: main.cf, and what `-o` in its line of master.cf says. */
export interface Scope {
  value(name: string): Effective;
  /** Whether somebody has set it. */
  assignment(name: string): Assignment | undefined;
  /** Whether somebody has set it, or something that its default is made of. */
  isSet(name: string): boolean;
}

export interface ScopeOptions {
  readonly main: MainCf;
  readonly overrides?: ReadonlyMap<string, Assignment>;
  /** Values that Postfix finds out by itself. */
  readonly builtIn: ReadonlyMap<string, string>;
  readonly budget: ExpansionBudget;
  /** Told of every parameter that an expansion has used. */
  readonly onUse?: (name: string) => void;
}

export function createScope({ main, overrides, builtIn, budget, onUse }: ScopeOptions): Scope {
  const assignment = (name: string): Assignment | undefined =>
    overrides?.get(name) ?? main.assignments.get(name);
  const raw = (name: string): string | undefined =>
    assignment(name)?.value ?? builtIn.get(name) ?? parameters.get(name)?.default;
  const known = new Map<string, Effective>();

  function evaluate(name: string): Effective {
    const own = assignment(name);
    const expanded = expand(raw(name) ?? '', raw, budget);
    if ('problem' in expanded) {
      const { file, line } = own ?? firstOf(main) ?? { file: 'main.cf', line: 1 };
      // What is quoted might be a password.
      const problem = isSecret(name) ? 'it cannot be expanded' : expanded.problem;
      throw new PostfixFileError(file, line, `${name}: ${problem}`);
    }
    const { text, used, unknown } = expanded;
    for (const one of used) onUse?.(one);
    const origins = [name, ...used].flatMap((one) => assignment(one) ?? []);
    return { text, unknown, origins: [...new Set(origins)] };
  }

  function value(name: string): Effective {
    const found = known.get(name) ?? evaluate(name);
    known.set(name, found);
    return found;
  }

  return { value, assignment, isSet: (name) => value(name).origins.length > 0 };
}

function firstOf({ assignments }: MainCf): Assignment | undefined {
  return assignments.values().next().value;
}
