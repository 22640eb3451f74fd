const maxLineLength = 4096;

/** Cuts a stream of text into lines. It holds one line at most, and drops what exceeds 4096 characters of it. */
export function splitLines(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) if (line.trim() !== '') onLine(line.slice(0, maxLineLength));
  };
}
