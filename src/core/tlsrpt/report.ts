import { momentText } from '../time/moment-text.ts';
import type { DayCounts } from './counts.ts';
import { rangeOf } from './report-day.ts';

/** Who reports. */
export interface Submitter {
  readonly organizationName: string;
  /** An address; reports come from it, and its domain signs them. */
  readonly contact: string;
}

/** The domain of the one who reports: `TLS-Report-Submitter`, and `d=` of the signature (RFC 8460 §5.3). */
export function submitterDomain({ contact }: Pick<Submitter, 'contact'>): string {
  return contact.slice(contact.lastIndexOf('@') + 1).toLowerCase();
}

/** RFC 5322 §3.6.4 wants `left@right` in the Subject, and a report has one name everywhere. */
export function reportIdOf(
  { day, domain }: Pick<DayCounts, 'day' | 'domain'>,
  unique: string,
  submitter: string,
): string {
  return `${day.replaceAll('-', '')}.${domain}.${unique}@${submitter}`;
}

/** The TLS report itself (RFC 8460 §4.4), as I-JSON (RFC 7493). */
export function reportText(
  counts: DayCounts,
  { organizationName, contact }: Submitter,
  reportId: string,
): string {
  const { day, policies } = counts;
  const { start, end } = rangeOf(day);
  return JSON.stringify({
    'organization-name': organizationName,
    // The last moment of a day is its last second, as in the example of RFC 8460.
    'date-range': { 'start-datetime': momentText(start), 'end-datetime': momentText(end - 1_000) },
    'contact-info': contact,
    'report-id': reportId,
    policies: policies.map(({ policy, successes, failures, faults }) => ({
      policy,
      summary: {
        'total-successful-session-count': successes,
        'total-failure-session-count': failures,
      },
      'failure-details': faults.map(({ fault, count }) => ({ ...fault, 'failed-session-count': count })),
    })),
  });
}

/** RFC 8460 §5.1: what a report is called as a file. */
export function reportFileName(
  { day, domain }: Pick<DayCounts, 'day' | 'domain'>,
  submitter: string,
  unique: string,
): string {
  const { start, end } = rangeOf(day);
  return `${submitter}!${domain}!${start / 1_000}!${end / 1_000 - 1}!${unique}.json.gz`;
}
