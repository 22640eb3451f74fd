import { execFile } from 'node:child_process';

/**
 * The output of `hostname --fqdn`: the name of this machine, as libc completes it from /etc/hosts and the DNS. Node.js
 * has no call for that. Undefined if there is no output in time, because a lookup may hang.
 */
export function systemFqdn(timeoutMs: number, executable = 'hostname'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 4096 } as const;
    execFile(executable, ['--fqdn'], options, (error, stdout) => {
      resolve(error === null ? stdout.trim() : undefined);
    });
  });
}
