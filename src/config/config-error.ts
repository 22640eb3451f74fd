/** One mistake in the settings. */
export interface ConfigProblem {
  /** `relay.toml:12`, `environment`, `--set`. */
  readonly where: string;
  /** The setting; the empty string if there is none to name. */
  readonly key: string;
  readonly wanted: string;
  readonly found: string;
}

/** The settings cannot be used. The message has a line for each problem, for the operator, without secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  /** EX_CONFIG of sysexits. */
  readonly exitCode = 78;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(sentence).join('\n'), options);
    this.problems = problems;
  }
}

function sentence({ where, key, found, wanted }: ConfigProblem): string {
  return `${where}: ${key === '' ? '' : `${key}: `}found ${found}, wanted ${wanted}`;
}
