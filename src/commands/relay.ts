import { has } from '../cli/arguments.ts';
import type { relayCommands } from '../cli/families/relay.ts';
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
    const { healthReport } = await import('../cli/health-command.ts');
    const { dataDirectory } = await import('../config/data-directory.ts');
    const { statusSocket } = await import('../config/role.ts');
    const { askHealth } = await import('../status/status-server.ts');
    const dataDir = dataDirectory(configOf(command.settings, environment).dataDir, environment);
    const health = await askHealth(statusSocket(dataDir, 'all'));
    const { text, exitCode } = healthReport(health, has(command, 'json'));
    print(text);
    return exitCode;
  },
};
