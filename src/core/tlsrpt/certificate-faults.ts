import type { Mismatch } from '../dane/verdict.ts';
import type { SessionFault } from './session-result.ts';

type Fault = Pick<SessionFault, 'type' | 'reason'>;

/** What is wrong with a certificate, in the words of RFC 8460 §4.3. */
export const certificateFaults: Readonly<Record<Mismatch['cause'], Fault>> = {
  'no certificate': { type: 'validation-failure', reason: 'no-peer-certificate' },
  'no matching record': { type: 'certificate-not-trusted', reason: 'dane-no-match' },
  'name mismatch': { type: 'certificate-host-mismatch' },
  expired: { type: 'certificate-expired' },
  'not yet valid': { type: 'certificate-not-trusted', reason: 'certificate-not-yet-valid' },
  'self-signed': { type: 'certificate-not-trusted', reason: 'self-signed-certificate' },
  'untrusted issuer': { type: 'certificate-not-trusted', reason: 'untrusted-issuer' },
  'bad signature': { type: 'certificate-not-trusted', reason: 'bad-signature' },
  'invalid CA': { type: 'certificate-not-trusted', reason: 'invalid-ca' },
  'path too long': { type: 'certificate-not-trusted', reason: 'path-too-long' },
  purpose: { type: 'certificate-not-trusted', reason: 'purpose' },
  'name constraint': { type: 'certificate-not-trusted', reason: 'name-constraint' },
  'critical extension': { type: 'certificate-not-trusted', reason: 'critical-extension' },
  'malformed certificate': { type: 'certificate-not-trusted', reason: 'malformed-certificate' },
  'weak key or digest': { type: 'certificate-not-trusted', reason: 'weak-key-or-digest' },
  'too much work': { type: 'validation-failure', reason: 'too-much-work' },
};
