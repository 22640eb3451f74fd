const maxLineLength = 4096;

/** Cuts a stream of text into lines without holding more than one; what exceeds 4096 characters of it is dropped. */
export function splitLines(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) if (line.trim() !== '') onLine(line.slice(0, maxLineLength));
  };
}
