import { describe, expect, it } from 'vitest';
import { healthReport } from './health-command.ts';

describe('healthReport()', () => {
  it('is 0 and "ok" only while nothing is wrong', () => {
    expect(healthReport({ status: 'ok', problems: {} }, false)).toEqual({ text: 'ok', exitCode: 0 });
  });

  it('names what is wrong', () => {
    const health = { status: 'trouble', problems: { resolver: 'does not validate' } } as const;
    expect(healthReport(health, false)).toEqual({ text: 'resolver: does not validate', exitCode: 75 });
    expect(JSON.parse(healthReport(health, true).text)).toEqual(health);
  });

  it('is not well when no relay runs', () => {
    expect(healthReport(undefined, false).exitCode).toBe(75);
  });
});
