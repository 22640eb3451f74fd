import type { ReportDay } from './report-day.ts';

/** The sessions of a domain and a day, as they are stored: a counter for each policy, and for each fault under it. */
export interface DayCounts {
  readonly day: ReportDay;
  readonly domain: string;
  readonly policies: readonly PolicyCounts[];
}

export interface PolicyCounts {
  /** As a report has it. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly successes: number;
  readonly failures: number;
  readonly faults: readonly { readonly fault: Readonly<Record<string, unknown>>; readonly count: number }[];
}

/** Fields of a stored day: `p ID` a policy, `s ID` and `f ID` its sessions, `d ID FAULT` those with a fault. */
export const policyField = (id: string): string => `p ${id}`;

/** What cannot be read does not count. */
export function readCounts(day: ReportDay, domain: string, fields: ReadonlyMap<string, string>): DayCounts {
  const policies: PolicyCounts[] = [];
  for (const [field, text] of [...fields].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    if (!field.startsWith('p ')) continue;
    const id = field.slice('p '.length);
    const policy = objectIn(text);
    if (policy === undefined) continue;
    const prefix = `d ${id} `;
    const faults = [...fields]
      .filter(([name]) => name.startsWith(prefix))
      .flatMap(([name, count]) => {
        const fault = objectIn(name.slice(prefix.length));
        return fault === undefined ? [] : [{ fault, count: countIn(count) }];
      });
    policies.push({
      policy,
      successes: countIn(fields.get(`s ${id}`)),
      failures: countIn(fields.get(`f ${id}`)),
      faults: faults.toSorted((one, other) => other.count - one.count),
    });
  }
  return { day, domain, policies };
}

export function sumOf({ policies }: DayCounts): { readonly successes: number; readonly failures: number } {
  return {
    successes: policies.reduce((sum, { successes }) => sum + successes, 0),
    failures: policies.reduce((sum, { failures }) => sum + failures, 0),
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function countIn(text = '0'): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
