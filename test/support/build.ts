import { execFileSync } from 'node:child_process';

/**
 * Scenarios run the built relay: it must be the one whose source they were written against. One run inside another finds it
 * built, and in use.
 */
export function setup(): void {
  if (process.env['TEST_BUILT'] === '1') return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
