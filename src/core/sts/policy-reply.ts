import { printable } from '../mail/printable.ts';
import type { StsTrouble } from './sts-finding.ts';

/** The path of a policy file at its host (RFC 8461 §3.2). */
export const policyPath = '/.well-known/mta-sts.txt';
/** RFC 8461 §3.3 suggests 64 KB. */
export const longestPolicyBytes = 65_536;

export function policyHost(domain: string): string {
  return `mta-sts.${domain}`;
}

/** What the head of a reply says, by lower-case names. */
export interface PolicyReplyHead {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/**
 * Why the body of a reply is no policy file; undefined if it may be one. RFC 8461 §3.3: nothing but 200 counts, and a
 * redirection is never followed.
 */
export function replyTrouble({
  status,
  contentType,
  contentEncoding,
}: PolicyReplyHead): StsTrouble | undefined {
  if (status !== 200) return fetchError(`http-${status}`, `HTTP status ${status}`);
  // RFC 8461 §3.2: the type should be text/plain, which keeps a page that answers everything from being taken for a
  // policy. A server that names none is believed.
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== '' && type !== 'text/plain')
    return fetchError('content-type', `content type ${printable(type.slice(0, 100))}`);
  const encoding = contentEncoding?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return fetchError('content-encoding', `content encoding ${printable(encoding.slice(0, 100))}`);
  return undefined;
}

export function fetchError(code: string, detail: string): StsTrouble {
  return { type: 'sts-policy-fetch-error', code, detail };
}
