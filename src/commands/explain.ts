import { has } from '../cli/arguments.ts';
import { explainCommand } from '../cli/explain-command.ts';
import type { explainCommands } from '../cli/families/explain.ts';
import { withQueue } from '../cli/queue-commands.ts';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { statusSocket } from '../config/role.ts';
import { explainView } from '../core/diagnosis/make-view.ts';
import type { ExplainView } from '../core/diagnosis/view.ts';
import { explainPorts } from '../daemon/explaining.ts';
import { ownName } from '../daemon/own-name.ts';
import { openTlsPolicies } from '../daemon/tls-policies.ts';
import { openTransports } from '../daemon/transports.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof explainCommands, Runner>> = {
  async explain(command, here) {
    const { environment, print, warn } = here;
    const config = configOf(command.settings, environment);
    const dataDir = dataDirectory(config.dataDir, environment);
    const isKnown = await explainCommand(command.operands, {
      socketPaths: [statusSocket(dataDir, 'all'), statusSocket(dataDir, 'delivery')],
      withoutRelay: (name) => explainFromQueue(name, config, here),
      hostname: await ownName(config.hostname),
      shape: has(command, 'letter') ? 'letter' : has(command, 'json') ? 'json' : 'text',
      now: Date.now,
      print,
      warn,
    });
    return isKnown ? EX_OK : EX_TEMPFAIL;
  },
};

async function explainFromQueue(
  name: string,
  config: Config,
  { environment, warn }: Here,
): Promise<ExplainView> {
  const tls = openTlsPolicies(config.tls, () => {});
  const transports = openTransports(config.delivery, config.tls.wrappermode, () => {});
  return withQueue(config, environment, warn, (queue) =>
    explainView(name, explainPorts({ config, queue, tls, transports })),
  );
}
