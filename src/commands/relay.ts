import { has, type Command } from '../cli/arguments.ts';
import type { relayCommands } from '../cli/families/relay.ts';
import type { RoleHealth } from '../cli/health-command.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { HealthPath } from '../status/status-server.ts';
import { EX_CONFIG, EX_OK } from './exit-codes.ts';
import { runRelay } from './run-relay.ts';
import type { Runner } from './runner.ts';
import { configOf, settingsFileOf, settingsOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof relayCommands, Runner>> = {
  run: runRelay,
  async 'check-config'({ settings }, { environment, print, warn }) {
    const { changedSettings, checkVerdict } = await import('../cli/check-config.ts');
    const { advice } = await import('../config/advice.ts');
    const { check } = await import('../daemon/check.ts');
    print(`settings from ${settingsFileOf(settings, environment) ?? 'no file'}`);
    const { config, inForce, exposed } = settingsOf(settings, environment);
    for (const line of changedSettings(inForce)) print(line);
    const { problems, warnings } = await check(config, environment);
    const all = [...advice(config), ...exposed, ...warnings];
    for (const text of all) warn(`warning: ${text}`);
    for (const text of problems) warn(text);
    print(checkVerdict(problems.length, all.length));
    return problems.length === 0 ? EX_OK : EX_CONFIG;
  },
  async health(command, { environment, print }) {
    const { healthOfAll, healthReport } = await import('../cli/health-command.ts');
    const { dataDirectory } = await import('../config/data-directory.ts');
    const dataDir = dataDirectory(configOf(command.settings, environment).dataDir, environment);
    const health = healthOfAll(await askRoles(dataDir, pathOf(command)));
    const { text, exitCode } = healthReport(health, has(command, 'json'));
    print(text);
    return exitCode;
  },
};

function pathOf(command: Command): HealthPath {
  const isReady = has(command, 'ready');
  if (isReady && has(command, 'alive'))
    throw new UsageError(`Either --ready or --alive.${hint(command.name)}`);
  if (isReady) return '/ready';
  return has(command, 'alive') ? '/alive' : '/health';
}

/** Asks the processes of a data directory. */
async function askRoles(dataDir: string, path: HealthPath): Promise<readonly RoleHealth[]> {
  const { readFile } = await import('node:fs/promises');
  const { lockPath, roles, statusSocket } = await import('../config/role.ts');
  const { askHealth } = await import('../status/status-server.ts');
  return Promise.all(
    roles.map(async (role) => {
      const health = await askHealth(statusSocket(dataDir, role), path);
      if (health !== undefined) return { role, health };
      // A process that stops empties its file.
      const left = Number(await readFile(lockPath(dataDir, role), 'utf8').catch(() => ''));
      return { role, health, ...(left > 0 && { silent: left }) };
    }),
  );
}
