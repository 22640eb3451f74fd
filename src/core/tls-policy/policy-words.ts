/** An attribute as written, or what is wrong with it. */
export type Pair = { readonly name: string; readonly value: string } | { readonly problem: string };

/** The words of a policy entry: commas and white space part them, except within braces. */
export function policyWords(text: string): readonly string[] {
  const words: string[] = [];
  let start = 0;
  let depth = 0;
  const end = (at: number): void => {
    if (at > start) words.push(text.slice(start, at));
    start = at + 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{') depth += 1;
    else if (character === '}') depth = Math.max(depth - 1, 0);
    else if (depth === 0 && /[\s,]/.test(character)) end(at);
  }
  end(text.length);
  return words;
}

/** Reads `name=value`, or `{ name = value }` whose value may hold commas and white space. */
export function readPair(word: string): Pair {
  const inside = word.startsWith('{') ? insideOf(word) : word;
  if (typeof inside !== 'string') return inside;
  const [name = ''] = /^[^\s=]+/.exec(inside) ?? [];
  if (name === '') return { problem: 'missing attribute name' };
  const rest = inside.slice(name.length).trimStart();
  if (!rest.startsWith('=')) return { problem: "missing '=' after attribute name" };
  return { name, value: rest.slice(1).trimStart() };
}

/** What stands between the first brace and the one that closes it, which must be the end. */
function insideOf(word: string): string | { readonly problem: string } {
  let depth = 0;
  for (let at = 0; at < word.length; at += 1) {
    const character = word.charAt(at);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth > 0) continue;
    return at === word.length - 1 ? word.slice(1, at).trim() : { problem: "syntax error after '}'" };
  }
  return { problem: "missing '}'" };
}
