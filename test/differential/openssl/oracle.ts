import { execFile } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import tls from 'node:tls';
import { makeScratch } from '../../lab/scratch.ts';
import { pemOf } from '../../support/test-ca.ts';
import { judgedAt } from './case.ts';
import type { Case } from './case.ts';
import { presentation, verdictText } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export type OpensslJudgement =
  | { readonly kind: 'judged'; readonly verdict: Verdict; readonly cause?: string }
  /** OpenSSL has not judged the certificates of the case, so there is no verdict at all. */
  | { readonly kind: 'not reached'; readonly trouble: string };

export interface OpensslOracle extends AsyncDisposable {
  /** As `openssl version` has it. */
  readonly version: string;
  judge(each: Case): Promise<OpensslJudgement>;
}

const timeoutMs = 20_000;

/** OpenSSL's own settings, not the machine's. */
const environment = { PATH: process.env['PATH'], LC_ALL: 'C', OPENSSL_CONF: '/dev/null' };

/** For the server, which must show what is too weak to be accepted. */
const anyStrength = { ciphers: 'ALL:@SECLEVEL=0' };

/**
 * OpenSSL's DANE code behind `openssl s_client`, set as Postfix sets it: security level 1, ten intermediates, no names
 * under DANE-EE, no authorities of its own. The server it talks to is ours, on a socket in the file system; it shows
 * whatever chain a case has and picks it by SNI, so that cases may be judged side by side.
 */
export async function startOracle(): Promise<OpensslOracle> {
  const { stdout: version } = await openssl(['version']);
  if (!version.startsWith('OpenSSL ')) throw new Error('there is no `openssl` here (Debian package openssl)');
  const scratch = await makeScratch('dane-relay-openssl');
  const socketPath = path.join(scratch.directory, 'tls');
  const contexts = new Map<string, tls.SecureContext>();
  const server = tls.createServer(
    { ...anyStrength, SNICallback: (servername, done) => done(null, contexts.get(servername)) },
    (socket) => socket.on('error', () => socket.destroy()).end(),
  );
  // What the client thought of the handshake is what the client says.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  await once(server.listen(socketPath), 'listening');
  let started = 0;

  return {
    version: version.split(' ').slice(0, 2).join(' '),
    async judge(each) {
      started += 1;
      const servername = `case-${started}.test`;
      try {
        contexts.set(servername, contextOf(each));
        return await ask(each, socketPath, servername);
      } catch (error) {
        return { kind: 'not reached', trouble: String(error) };
      } finally {
        contexts.delete(servername);
      }
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await scratch.remove();
    },
  };
}

function contextOf({ chain, privateKey }: Case): tls.SecureContext {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return tls.createSecureContext({ ...anyStrength, cert: chain.map(pemOf).join(''), key });
}

async function ask(each: Case, socketPath: string, servername: string): Promise<OpensslJudgement> {
  const rrdata = each.records.flatMap((record) => ['-dane_tlsa_rrdata', presentation(record)]);
  const options = [
    ['-brief', '-msg', '-unix', socketPath, '-servername', servername],
    ['-no-CAfile', '-no-CApath', '-no-CAstore', '-attime', String(judgedAt / 1000)],
    ['-cipher', 'DEFAULT:@SECLEVEL=1', '-auth_level', '1', '-verify_depth', '10', '-verify_return_error'],
    ['-dane_ee_no_namechecks', '-dane_tlsa_domain', each.name],
    rrdata,
  ];
  const { stdout, stderr } = await openssl(['s_client', ...options.flat()]);
  return readJudgement(stdout, stderr, each.chain);
}

/**
 * Reads what `s_client -brief -msg` says. A handshake that came to nothing for another reason is no verdict, nor is
 * one about other certificates than those of the case.
 */
export function readJudgement(
  messages: string,
  comments: string,
  chain: readonly Buffer[],
): OpensslJudgement {
  const ignored = comments.match(/^s_client: warning: unusable TLSA rrdata: /gm)?.length ?? 0;
  if (/^s_client: Failed to import any TLSA records/m.test(comments)) {
    return { kind: 'judged', verdict: verdictText('unusable', ignored) };
  }
  if (!certificateMessage(messages)?.equals(certificateList(chain))) {
    return { kind: 'not reached', trouble: `OpenSSL saw another chain: ${comments.trim()}` };
  }
  const cause = /^verify error:(num=\d+:.*)$/m.exec(comments)?.[1];
  if (cause !== undefined) return { kind: 'judged', verdict: verdictText('mismatch', ignored), cause };
  const match = /^DANE TLSA (\d) \d \d \S+ (?:matched|signed) .*at depth (\d+)$/m.exec(comments);
  if (match !== null && /^Verification: OK$/m.test(comments)) {
    return { kind: 'judged', verdict: verdictText(`matched ${match[1]} at ${match[2]}`, ignored) };
  }
  return { kind: 'not reached', trouble: comments.trim() };
}

/** The certificate_list that the client received (RFC 8446 §4.4.2), from its hex dump. */
function certificateMessage(messages: string): Buffer | undefined {
  const dump = /^<<< TLS 1\.3, Handshake \[length \w+\], Certificate\n((?: {4}[0-9a-f ]+\n)+)/m.exec(
    messages,
  );
  // Type and length of the message, and the empty certificate_request_context.
  return dump?.[1] === undefined ? undefined : Buffer.from(dump[1].replace(/\s/g, ''), 'hex').subarray(5);
}

/** RFC 8446 §4.4.2, with no extensions. */
export function certificateList(chain: readonly Buffer[]): Buffer {
  const entries = chain.flatMap((each) => [length(each.length, 3), each, length(0, 2)]);
  const list = Buffer.concat(entries);
  return Buffer.concat([length(list.length, 3), list]);
}

function length(value: number, octets: number): Buffer {
  const buffer = Buffer.alloc(octets);
  buffer.writeUIntBE(value, 0, octets);
  return buffer;
}

/** Runs to the end, however that comes: the output tells. */
function openssl(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: environment, timeout: timeoutMs };
    const child = execFile('openssl', args, options, (_, stdout, stderr) => resolve({ stdout, stderr }));
    child.stdin?.end();
  });
}
