import { advice } from '../../config/advice.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { RelayFacts } from '../../core/doctor/relay.ts';
import { check, type CheckFindings } from '../check.ts';
import type { DoctorContext } from './context.ts';

/** What the running relay says of itself, and `check-config` of the settings. */
export async function relayFacts(context: DoctorContext): Promise<RelayFacts> {
  const { config, settingsFile, version, dataDir } = context;
  const running = await context.running();
  const { problems, warnings } = await checked(context);
  return {
    processes: running.map(({ role, health }) => ({ role, problems: Object.entries(health.problems) })),
    dataDir,
    settings: settingsFile ?? 'no file',
    version,
    problems,
    warnings: [...advice(config), ...warnings],
  };
}

/** Settings with which the relay does not start are a finding like others here. */
async function checked({ config, environment }: DoctorContext): Promise<CheckFindings> {
  try {
    return await check(config, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.message.split('\n'), warnings: [] };
  }
}
