/** The sources of metrics of a relay in which nothing happens. */
export const quietSources = {
  problems: () => new Map<string, string>(),
  suspended: async () => 0,
  fill: () => undefined,
  windows: () => [],
  memory: () => new Map(),
  fullAddresses: () => 0,
  waitingLookups: () => 0,
  certificates: () => [],
  exceptions: () => [],
  health: () => undefined,
  redis: () => undefined,
  resolver: () => undefined,
  build: { version: '1.2.3', node: 'v24.0.0' },
};
