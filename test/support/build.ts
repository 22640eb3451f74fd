import { execFileSync } from 'node:child_process';

/** Scenarios run the built relay: it must be the one whose source they were written against. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
