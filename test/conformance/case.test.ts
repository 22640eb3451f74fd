import { expect, test } from 'vitest';
import { cases } from '../demo/cases.ts';
import { caseOfDemo } from './case.ts';

const demo = (domain: string) => {
  const found = cases.find((one) => one.domain === domain);
  if (found === undefined) throw new Error(`no case ${domain} in the demo`);
  return caseOfDemo(found);
};

test('caseOfDemo(): a host that gets mail, one that gets none, and no host', () => {
  expect(demo('good.test')).toMatchObject({
    host: 'mx.good.test',
    others: [],
    outcome: 'delivered',
    mails: 1,
    mayBeInClear: false,
  });
  expect(demo('anonymous.test')).toMatchObject({ outcome: 'delivered', mayBeInClear: true });
  expect(demo('wrong-key.test')).toEqual({
    domain: 'wrong-key.test',
    what: 'TLSA 3 1 1 with one wrong hex digit',
    others: ['mx.wrong-key.test'],
    outcome: 'waits',
    mails: 0,
    mayBeInClear: false,
  });
  expect(demo('rejects.test')).toMatchObject({ outcome: 'returned', others: ['mx.rejects.test'] });
  expect(demo('null-mx.test')).toMatchObject({ outcome: 'returned', others: [] });
});
