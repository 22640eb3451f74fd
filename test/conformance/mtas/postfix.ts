import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { postfixObstacle, searchPath } from '../../lab/privileges.ts';
import type { MtaAdapter } from '../mta.ts';
import { outcomeInLog } from './log-outcome.ts';
import { submitOverSmtp } from './submit-over-smtp.ts';

/** Debian has its programs where only root looks. */
const env = { ...process.env, PATH: searchPath() };
const call = promisify(execFile);
const run = (program: string, words: readonly string[]) => call(program, words, { env });

/** The Postfix of this machine, with `smtp_tls_security_level = dane` and a resolver of its own. */
export const postfix: MtaAdapter = {
  name: 'Postfix',
  obstacle: postfixObstacle,
  async start(lab) {
    const client = await lab.startPostfixClient({
      securityLevel: 'dane',
      parameters: { minimal_backoff_time: '1h', queue_run_delay: '1h', in_flow_delay: '0' },
    });
    const version = (await run('postconf', ['-dh', 'mail_version'])).stdout.trim();
    return {
      version: `Postfix ${version}`,
      submit: (to) => submitOverSmtp({ host: client.address, port: client.port }, to, /queued as (\w+)/),
      outcome: async (id) => outcomeInLog((await client.log()).split('\n'), id),
      flush: async () => void (await run('postqueue', ['-c', client.configDirectory, '-f'])),
      stop: () => client.stop(),
    };
  },
};
