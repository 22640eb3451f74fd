import { isIP } from 'node:net';
import type { Authorities } from '../core/dane/authorities.ts';
import { verifyDnsId } from '../core/dane/verify-dns-id.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { messageOf } from '../core/error-words.ts';
import { inTurn } from '../core/in-turn.ts';
import { printable } from '../core/mail/printable.ts';
import type { Fetched } from '../core/sts/fetch-memory.ts';
import { fetchError, policyHost } from '../core/sts/policy-reply.ts';
import { parseStsPolicy } from '../core/sts/sts-policy.ts';
import type { StsTrouble } from '../core/sts/sts-finding.ts';
import { openWebConnection, type SecureWeb } from '../tls/web-connection.ts';
import { connectionError, getPolicy, timedOut, type PolicyFile } from './get-policy.ts';

export interface FetchPorts {
  readonly lookup: Lookup;
  /** Whether an address may be connected to. The name of a policy host is a stranger's choice. */
  readonly mayConnect: (address: string) => boolean;
  /** TLS 1.2 or newer, with this name in SNI (RFC 8461 §7.1, §7.2). */
  readonly secure: SecureWeb;
  readonly authorities: () => Authorities;
  /** 443, but in a laboratory. */
  readonly port: number;
  readonly families: readonly (4 | 6)[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Addresses of a policy host that are tried. */
const mostAddresses = 4;
/** Of one address. */
const connectMs = 3_000;

/**
 * Fetches the policy file of a domain (RFC 8461 §3.3) within the time that `signal` gives it. The addresses come from our
 * own lookup, and it is these that are connected to: a second lookup could say something else. Redirections are not
 * followed, no cache is used, and what comes is never more than 64 KiB. Never rejects.
 */
export async function fetchPolicy(domain: string, ports: FetchPorts, signal: AbortSignal): Promise<Fetched> {
  try {
    const file = await fetchFile(policyHost(domain), ports, signal);
    if (!('octets' in file)) return { kind: 'trouble', trouble: file };
    const read = parseStsPolicy(file.octets);
    if (read.kind === 'policy') return read;
    const { code, lines } = read;
    const detail = `the policy file is invalid: ${code.replaceAll('-', ' ')}`;
    return { kind: 'trouble', trouble: { type: 'sts-policy-invalid', code, detail, lines } };
  } catch (error) {
    return { kind: 'trouble', trouble: signal.aborted ? timedOut : connectionError(messageOf(error)) };
  }
}

async function fetchFile(
  host: string,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<PolicyFile | StsTrouble> {
  const found = await addressesOf(host, ports, signal);
  if ('code' in found) return found;
  let trouble = fetchError('no-address', `${host} has no address`);
  for (const address of found.addresses) {
    const fetched = await fetchFrom(address, host, ports, signal);
    if ('octets' in fetched) return fetched;
    ({ trouble } = fetched);
    if (fetched.isFinal) break;
  }
  return trouble;
}

/** Those that may be connected to, of both families in turn. */
async function addressesOf(
  host: string,
  { lookup, mayConnect, families }: FetchPorts,
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly string[] } | StsTrouble> {
  const answers = await Promise.all(
    families.map((family) => lookup(host, family === 4 ? 'A' : 'AAAA', signal)),
  );
  const lists = answers.map((answer) => (answer.kind === 'found' ? answer.records : []));
  const found = inTurn(lists);
  const allowed = found.filter((address) => isIP(address) !== 0 && mayConnect(address));
  if (allowed.length > 0) return { addresses: allowed.slice(0, mostAddresses) };
  if (found.length > 0) return fetchError('private-address', `${host} has no address on the Internet`);
  const failed = answers.find((answer) => answer.kind === 'failed');
  return failed === undefined
    ? fetchError('no-address', `${host} has no address`)
    : fetchError('dns', `lookup of ${host} failed: ${printable(failed.detail)}`);
}

interface NotFetched {
  readonly trouble: StsTrouble;
  /** Another address would say the same. */
  readonly isFinal: boolean;
}

async function fetchFrom(
  address: string,
  host: string,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<PolicyFile | NotFetched> {
  // Another address may answer within the time that is left.
  const place = { host: address, port: ports.port, timeoutMs: connectMs };
  const connection = await openWebConnection(place, signal);
  if (connection.kind === 'given up') return { trouble: timedOut, isFinal: signal.aborted };
  if (connection.kind === 'failed') return { trouble: connectionError(connection.reason), isFinal: false };
  const { socket } = connection;
  try {
    const secured = await ports.secure(socket, host, signal);
    if (secured.kind === 'failed') {
      const trouble = signal.aborted
        ? timedOut
        : fetchError('tls', `TLS with ${host}: ${printable(secured.reason)}`);
      return { trouble, isFinal: signal.aborted };
    }
    if (signal.aborted) {
      secured.socket.destroy();
      return { trouble: timedOut, isFinal: true };
    }
    const verdict = verifyDnsId(secured.chain, ports.authorities(), host, ports.now());
    if (verdict.kind === 'mismatch') {
      secured.socket.destroy();
      const detail = `certificate of ${host}: ${printable(verdict.detail)}`;
      const code = verdict.cause.replaceAll(' ', '-');
      return { trouble: { type: 'sts-webpki-invalid', code, detail }, isFinal: true };
    }
    const got = await getPolicy(secured.socket, host, signal);
    return 'octets' in got ? got : { trouble: got, isFinal: true };
  } finally {
    socket.destroy();
  }
}
