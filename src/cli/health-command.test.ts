import { describe, expect, it } from 'vitest';
import { healthOfAll, healthReport } from './health-command.ts';

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

describe('healthOfAll()', () => {
  const well = { status: 'ok', problems: {} } as const;
  const none = { role: 'all', health: undefined } as const;

  it('is that of the one process that does everything', () => {
    const health = { status: 'trouble', problems: { resolver: 'does not validate' } } as const;
    expect(healthOfAll([{ role: 'all', health }])).toEqual(health);
  });

  it('is unknown when nobody answers, whoever is missing', () => {
    expect(healthOfAll([none, { role: 'delivery', health: undefined, silent: 7 }])).toBeUndefined();
  });

  it('has what is wrong with either half, and the same thing once', () => {
    const of = (problems: Readonly<Record<string, string>>) => ({ status: 'trouble', problems }) as const;
    expect(
      healthOfAll([
        none,
        { role: 'intake', health: of({ queue: 'full', files: 'of the intake' }) },
        { role: 'delivery', health: of({ queue: 'full', files: 'of the delivery', resolver: 'away' }) },
      ]),
    ).toEqual(of({ queue: 'full', files: 'of the intake; of the delivery', resolver: 'away' }));
  });

  it('tells of a half that is silent while the other one is well', () => {
    const halves = [
      { role: 'intake', health: well },
      { role: 'delivery', health: undefined, silent: 7 },
    ] as const;
    expect(healthOfAll([none, ...halves])).toMatchObject({
      status: 'trouble',
      problems: { delivery: expect.stringContaining('--role delivery (7) does not answer') as string },
    });
  });

  it('does not miss a half where one process does both, or that was stopped', () => {
    const silent = { role: 'delivery', health: undefined, silent: 7 } as const;
    expect(healthOfAll([{ role: 'all', health: well }, silent])).toEqual(well);
    expect(healthOfAll([none, { role: 'intake', health: well }])).toEqual(well);
  });
});
