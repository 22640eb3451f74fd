/**
 * What Node.js warned of in this output: `[DEP0190] DeprecationWarning: …`, each once, without the process that said it.
 */
export function warningsIn(output: string): string[] {
  const lines = output.matchAll(/\(node:\d+\) ((?:\[\w+\] )?\w*Warning: [^\n]*)/g);
  return [...new Set([...lines].map(([, text = '']) => text))].toSorted();
}
