/**
 * DANE for SMTP clients as a library, `dane-relay/dane`: what TLSA records are worth, and whether the certificates a
 * server showed match them (RFC 6698, 7671, 7672). Pure functions over octets and plain data: no I/O and no clock. They
 * take whatever a zone or a server may send and never throw for it.
 *
 * Two things are up to the caller. Records must come from a validating resolver that set AD (RFC 7672 §2.1.1), and a
 * lookup that failed is no reason to go on without them (RFC 7672 §2.1.2). And the chain must be what the server sent:
 * connect with `ca: []`, or Node adds certificates of its own to it.
 */

export type { TlsaRecord } from '../dns/record.ts';

/**
 * From octets to records, and from records to those that count. If there are records but none is usable, the server
 * still has to speak TLS, with whatever certificate (RFC 7672 §2.2).
 *
 * @example
 * ```js
 * import { parseTlsa, screen, tlsaText } from 'dane-relay/dane';
 *
 * const rdata = ['0301018a9a70596e869bed72c69d97a8895dfa586f300a8a0d90ae7e88dc6af96fd2e9', '000001', '0301'];
 * const records = rdata.map((hex) => parseTlsa(Buffer.from(hex, 'hex')));
 * const { usable, warnings } = screen(records, '_25._tcp.mx.example.org');
 *
 * console.log(tlsaText(usable[0])); // 3 1 1 8A9A70596E869BED72C69D97A8895DFA586F300A8A0D90AE7E88DC6AF96FD2E9
 * console.log(warnings[0]); // _25._tcp.mx.example.org: truncated TLSA RR
 * console.log(warnings.length); // 2
 * ```
 */
export { daneDigests, parseTlsa, screen, tlsaText, usability } from './tlsa.ts';
export type { DaneDigest, Screened, Usability } from './tlsa.ts';

/**
 * The judgement. The names are what the certificate may call itself where a record of usage 2 matches: the TLSA base
 * domain first, then, if the MX records were signed, the domain of the mail (RFC 7672 §3.2.2). Of several digests for one
 * usage and selector the strongest counts (RFC 7671 §9); another order than SHA2-512 before SHA2-256 is an argument of
 * `screen` and of `verifyDane`, and must be the same for both.
 *
 * @example
 * ```js
 * import { createHash } from 'node:crypto';
 * import { verifyDane } from 'dane-relay/dane';
 *
 * const leaf = Buffer.from('what socket.getPeerX509Certificate().raw holds');
 * const record = { usage: 3, selector: 0, matching: 1, data: createHash('sha256').update(leaf).digest() };
 * const names = ['mx.example.org', 'example.org'];
 *
 * console.log(verifyDane([leaf], [record], names, Date.now()).kind); // matched
 * console.log(verifyDane([], [record], names, Date.now()).detail); // no certificate
 * ```
 */
export { verifyDane } from './verify.ts';
export type { DaneVerdict, Matched, Mismatch } from './verdict.ts';
