import { expect, test } from 'vitest';
import { run } from '../fresh/shell.ts';
import { unless } from '../support/unless.ts';
import { explained } from './audit-explained.ts';
import { auditFaults, type AuditReport, type Explained } from './audit.ts';
import { root } from './checkout.ts';
import { registryObstacle } from './registry.ts';

const report: AuditReport = {
  vulnerabilities: {
    parser: {
      via: [
        { name: 'parser', title: 'It loops', url: 'https://advisories.example/GHSA-1', severity: 'high' },
        { name: 'parser', title: 'It leaks', url: 'https://advisories.example/GHSA-2', severity: 'low' },
      ],
    },
    server: { via: ['parser'] },
  },
};
const loops: Explained = {
  advisory: 'GHSA-1',
  package: 'parser',
  why: 'it is never called',
  until: '2031-12-31',
};
const leaks: Explained = { ...loops, advisory: 'GHSA-2' };

test.each<[string, readonly Explained[], readonly string[]]>([
  [
    'all of it is new',
    [],
    [
      'parser: high: It loops (https://advisories.example/GHSA-1)',
      'parser: low: It leaks (https://advisories.example/GHSA-2)',
    ],
  ],
  ['one is explained', [loops], ['parser: low: It leaks (https://advisories.example/GHSA-2)']],
  ['both are', [loops, leaks], []],
  [
    'one for another package',
    [{ ...loops, package: 'server' }, leaks],
    ['parser: high: It loops (https://advisories.example/GHSA-1)'],
  ],
  [
    'one is gone',
    [loops, leaks, { ...loops, advisory: 'GHSA-3' }],
    ['GHSA-3 is explained, and not reported any more'],
  ],
  ['one is old', [loops, { ...leaks, until: '2031-01-01' }], ['GHSA-2 is to be looked at again']],
])('auditFaults() %s', (_, known, faults) => {
  expect(auditFaults(report, known, '2031-06-30')).toEqual(faults);
});

const answer = await askForAdvisories();

/** What the registry knows of the packages here, or why it does not say. */
async function askForAdvisories(): Promise<AuditReport | string> {
  if (registryObstacle !== undefined) return registryObstacle;
  const { output } = await run(['npm', 'audit', '--json'], { cwd: root });
  const report = JSON.parse(
    output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1),
  ) as Partial<AuditReport> & {
    readonly message?: string;
  };
  if (report.vulnerabilities !== undefined) return { vulnerabilities: report.vulnerabilities };
  return `the registry does not tell of advisories (${report.message?.split(' - ')[0] ?? output.slice(0, 100)})`;
}

unless(typeof answer === 'string' ? answer : undefined, test)(
  'npm audit has nothing that nobody has explained',
  () => {
    if (typeof answer === 'string') throw new Error(answer);
    expect(auditFaults(answer, explained, new Date().toISOString().slice(0, 10))).toEqual([]);
  },
);
