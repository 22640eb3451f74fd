import { labSettings, startRelay } from '../../support/running-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import type { MtaAdapter } from '../mta.ts';
import { outcomeInLog } from './log-outcome.ts';
import { submitOverSmtp } from './submit-over-smtp.ts';

export const daneRelay: MtaAdapter = {
  name: 'dane-relay',
  obstacle: () => undefined,
  async start(lab) {
    // What it would do by MTA-STS is no part of this.
    const relay = await startRelay({ set: { ...labSettings(lab), 'tls.mta_sts': 'off' } });
    const version = await ran(['--version']);
    return {
      version: version.split('\n')[0] ?? 'dane-relay',
      submit: (to) => submitOverSmtp({ host: '127.0.0.1', port: relay.port }, to, /queued as (\w+)/),
      outcome: (id) => Promise.resolve(outcomeInLog(relay.lines, id)),
      flush: async () => void (await ran(['queue', 'flush'], { data_dir: relay.dataDir })),
      stop: async () => relay[Symbol.asyncDispose](),
    };
  },
};

/** What a command prints. Throws if it fails. */
async function ran(words: readonly string[], set: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(words, set);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.toString().trim();
}
