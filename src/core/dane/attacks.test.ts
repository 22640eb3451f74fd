import { describe, expect, test } from 'vitest';
import { attackedHost, attacks } from '../../../test/support/attack-chains.ts';
import { makeAuthority, now, pemOf } from '../../../test/support/test-ca.ts';
import { readAuthorities } from './authorities.ts';
import { budgetOf, judgementUnits } from './budget.ts';
import { screen } from './tlsa.ts';
import { verifyAuthorityWithin } from './verify-authority.ts';
import { verifyDaneWithin } from './verify.ts';

/** The attacks that come to an end before the budget does. */
const outcomes: Readonly<Record<string, string>> = {
  'a mesh: each of eight authorities has issued each': 'matched',
  'a certificate of tens of thousands of members': 'matched',
};

describe('verifyDaneWithin(): whatever is sent is paid for', () => {
  test.each(Object.keys(attacks))('%s', (title) => {
    const { chain, records } = attacks[title]?.() ?? { chain: [], records: [] };
    const { usable } = screen(records, 'owner');
    const budget = budgetOf();
    const verdict = verifyDaneWithin(budget, chain, usable, [attackedHost], now);
    expect(budget.paid()).toBeLessThanOrEqual(judgementUnits);
    const word = verdict.kind === 'matched' ? 'matched' : verdict.cause;
    expect(word).toBe(outcomes[title] ?? 'too much work');
    expect(budget.isSpent()).toBe(word === 'too much work');
  });
});

describe('verifyAuthorityWithin(): whatever is sent is paid for', () => {
  const trusted = readAuthorities(
    [makeAuthority('Root'), makeAuthority('Other')].map(({ der }) => pemOf(der)).join(''),
  );

  test.each(Object.keys(attacks))('%s', (title) => {
    const { chain } = attacks[title]?.() ?? { chain: [] };
    const budget = budgetOf();
    const verdict = verifyAuthorityWithin(budget, chain, trusted, now);
    expect(budget.paid()).toBeLessThanOrEqual(judgementUnits);
    expect(verdict.kind).toBe('mismatch');
    if (budget.isSpent()) expect(verdict).toMatchObject({ cause: 'too much work' });
  });
});
