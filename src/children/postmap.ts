import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const timeoutMs = 20_000;
const mostOctets = 32 * 1024 * 1024;

/**
 * The entries of a table of Postfix, as `postmap -s TYPE:PATH` prints them, or a few words why there are none. The
 * settings of the Postfix that the table is of are not used, for they can name programs.
 */
export function dumpPostfixTable(
  type: string,
  path: string,
): { readonly text: string } | { readonly problem: string } {
  const directory = mkdtempSync(join(tmpdir(), 'dane-relay-postmap-'));
  try {
    // Postfix 3.7 would not begin without one.
    writeFileSync(join(directory, 'main.cf'), 'compatibility_level = 3.6\n');
    // Programs of administrators are not in the PATH of an ordinary user.
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    const text = execFileSync('postmap', ['-c', directory, '-s', `${type}:${path}`], {
      env,
      encoding: 'utf8',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: mostOctets,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { text };
  } catch (error) {
    return { problem: reasonOf(error) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'there is no postmap';
  const told =
    'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim().split('\n').at(-1) : '';
  return told === undefined || told === ''
    ? (error.message.split('\n', 1)[0] ?? '')
    : told.replace(/^postmap: (?:\w+: )?/, '');
}
