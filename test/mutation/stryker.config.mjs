/** Mutation testing of the folders in which a mistake may send mail to the wrong host. */
export default {
  mutate: ['src/core/dane/**/*.ts', 'src/core/route/**/*.ts', 'src/core/tls-policy/**/*.ts', '!**/*.test.ts'],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  // Stryker reads a tsconfig with the compiler's old API, which TypeScript 7 has not: it shall find none.
  tsconfigFile: 'test/mutation/no-tsconfig.json',
  coverageAnalysis: 'perTest',
  concurrency: 1,
  incremental: true,
  incrementalFile: 'build/mutation/incremental.json',
  tempDirName: 'build/mutation/sandbox',
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: 'build/mutation/report.json' },
  htmlReporter: { fileName: 'build/mutation/report.html' },
  thresholds: { high: 95, low: 90, break: 90 },
};
