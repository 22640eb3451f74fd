import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs promtool, of the Debian package prometheus; resolves to what it says. Rejects with that if it finds a fault. */
export async function promtool(words: readonly string[], input = ''): Promise<string> {
  const child = spawn('promtool', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`promtool ${words.join(' ')} (exit ${code}):\n${said}`);
  return said;
}
