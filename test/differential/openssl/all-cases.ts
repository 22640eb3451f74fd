import type { Case } from './case.ts';
import { constraintCases } from './constraint-cases.ts';
import { encodingCases } from './encoding-cases.ts';
import { mixes } from './mixes.ts';
import { nameCases } from './name-cases.ts';
import { recordCases } from './record-cases.ts';
import { strengthCases } from './strength-cases.ts';
import { authorityCases, combinationCases, leafCases } from './trait-cases.ts';
import { wireCases } from './wire-cases.ts';

/** One peculiarity at a time, and then many at once. */
export function allCases(): Case[] {
  return [
    ...authorityCases(),
    ...leafCases(),
    ...combinationCases(),
    ...encodingCases(),
    ...strengthCases(),
    ...nameCases(),
    ...constraintCases(),
    ...recordCases(),
    ...wireCases(),
    ...mixes(20261121, 300),
  ];
}
