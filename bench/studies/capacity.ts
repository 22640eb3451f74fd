import { documented, writeDocuments } from '../budget/records.ts';
import type { Study } from './stage.ts';

/** Prints what a message costs and what nodes can carry, from the records; with `--record` into the documentation. */
export const capacity: Study = async ({ say, record = false }) => {
  for (const [, , lines] of documented()) for (const line of [...lines, '']) say(line);
  if (record) await writeDocuments();
  return [];
};
