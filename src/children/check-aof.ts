import { spawn } from 'node:child_process';
import { joinLines } from '../core/mail/printable.ts';
import { ChildError } from './child-error.ts';
import { redisProgram, type RedisTool } from './redis-program.ts';

/** What redis-check-aof reports about a file. */
export interface CheckedFile {
  /** Octets up to the end of the last whole command or transaction. */
  readonly goodBytes: number;
  readonly sizeBytes: number;
}

const patience = 4096;

/**
 * Has redis-check-aof read an increment. It changes nothing.
 *
 * @throws ChildError if it cannot be run, or its output is not understood
 */
export async function checkIncrement(path: string): Promise<CheckedFile> {
  const said = await run('check-aof', path);
  const [, size, good] = /\bsize=(\d+), ok_up_to=(\d+)/.exec(said.text) ?? [];
  if (good !== undefined) return { goodBytes: Number(good), sizeBytes: Number(size) };
  // It prints no figures for an empty file.
  if (/empty/i.test(said.text)) return { goodBytes: 0, sizeBytes: 0 };
  throw new ChildError(`redis-check-aof ${path}: ${joinLines(said.text.trim(), '; ')}`);
}

/** Whether redis-check-rdb accepts a base as whole. */
export async function isWholeBase(path: string): Promise<boolean> {
  return (await run('check-rdb', path)).code === 0;
}

function run(
  tool: RedisTool,
  path: string,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const program = redisProgram(tool, process.env['PATH'] ?? '');
  const child = spawn(program, [path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    // Its last lines count.
    stream.setEncoding('utf8').on('data', (chunk: string) => (text = `${text}${chunk}`.slice(-patience)));
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const advice = error.code === 'ENOENT' ? ': install the Debian package redis-tools' : '';
      reject(new ChildError(`cannot run ${program} (${error.code ?? error.message})${advice}`));
    });
    child.once('close', (code) => resolve({ code, text }));
  });
}
