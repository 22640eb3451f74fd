import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { CheckReport } from '../../src/core/check/report.ts';

/** Reads a line of `check --json`. Throws if docs/schemas/check.json does not describe it, or not all of it. */
export function readCheckReport(line: string): CheckReport {
  const report: unknown = JSON.parse(line);
  if (!validate(report)) throw new Error(`${ajv.errorsText(validate.errors)}\n${line}`);
  return report as CheckReport;
}

const file = new URL('../../docs/schemas/check.json', import.meta.url);
const ajv = new Ajv2020({ allErrors: true });
const validate = ajv.compile(closed(JSON.parse(readFileSync(file, 'utf8'))) as object);

/** Members that the schema does not name are for later versions. This one has none. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in members ? { ...members, additionalProperties: false } : members;
}
