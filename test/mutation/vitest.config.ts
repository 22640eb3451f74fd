import { defineConfig } from 'vitest/config';

/**
 * The tests a mutant is shown to. Not the fuzz runs and the attacks: they are long, every mutant is in their way, and what they
 * would find is a throw and seldom a wrong judgement.
 */
export default defineConfig({
  test: {
    include: [
      'src/core/dane/**/*.test.ts',
      'src/core/route/**/*.test.ts',
      'src/core/tls-policy/**/*.test.ts',
    ],
    exclude: ['**/*fuzz.test.ts', '**/attacks.test.ts'],
  },
});
