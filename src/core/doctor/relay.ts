import { tellerOf, type Finding } from './finding.ts';

/** One process of the relay, as it answers at its socket. */
export interface RelayProcess {
  readonly role: 'all' | 'intake' | 'delivery';
  /** Part -> what is wrong with it. */
  readonly problems: readonly (readonly [part: string, problem: string])[];
}

export interface RelayFacts {
  readonly processes: readonly RelayProcess[];
  readonly dataDir: string;
  readonly settings: string;
  readonly version: string;
  /** Doubtful settings and broken entries of tables, as `check-config` says them. */
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

export function judgeRelay({
  processes,
  dataDir,
  settings,
  version,
  warnings,
  problems,
}: RelayFacts): readonly Finding[] {
  const { ok, warn, fail, skip } = tellerOf('relay');
  const findings = processes.flatMap(({ role, problems: own }): Finding[] => {
    const name = role === 'all' ? 'the relay' : `the process for ${role}`;
    if (own.length === 0)
      return [ok('relay-well', `${name} runs and says that it can do its work (data in ${dataDir})`)];
    return own.map(([part, problem]) =>
      fail(
        'relay-in-trouble',
        `${name} says: ${part}: ${problem}`,
        'see the check of that part below, and the log',
      ),
    );
  });
  if (processes.length === 0)
    findings.push(
      skip(
        'relay-not-running',
        `no relay runs with data in ${dataDir}: what it would meet is checked instead`,
        'start it (npm start, systemctl start dane-relay), or name its settings with --config',
      ),
    );
  findings.push(
    ...problems.map((text) => fail('settings-problem', text, 'correct that entry: mail for it waits')),
  );
  findings.push(
    ...warnings.map((text) => warn('settings-doubtful', text, 'dane-relay check-config shows the settings')),
  );
  if (problems.length === 0 && warnings.length === 0)
    findings.push(ok('settings-well', `${version}, settings from ${settings}`));
  return findings;
}
