import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShownRecord } from '../../../src/core/check/report.ts';
import type { Lab } from '../../lab/lab.ts';
import { searchPath } from '../../lab/privileges.ts';

/** What posttls-finger says of one destination. */
export interface Finger {
  /** Its last line about a connection: `Verified TLS connection established to …` */
  readonly summary: string | undefined;
  readonly word: string | undefined;
  /** A DANE record matched. */
  readonly matched: boolean;
  readonly lines: readonly string[];
}

/** Asks posttls-finger, with a resolver of the lab at port 53 for its own. Needs root. */
export async function startFinger(lab: Lab): Promise<(destination: string) => Promise<Finger>> {
  const resolver = await lab.startResolver({ validating: true, port: 53 });
  const resolvConf = join(lab.directory, 'finger-resolv.conf');
  const config = join(lab.directory, 'finger');
  // Without trust-ad glibc hides the AD bit.
  await writeFile(resolvConf, `nameserver ${resolver.address}\noptions trust-ad edns0\n`);
  const inside =
    'mount --bind "$0" /etc/resolv.conf && mkdir -p "$1" && : > "$1/main.cf" && export MAIL_CONFIG="$1" && shift && exec "$@"';
  return async (destination) => {
    const finger = ['posttls-finger', '-c', '-t', '5', '-T', '5', '-l', 'dane', '-L', 'verbose,summary'];
    const { stdout, stderr } = await run('unshare', [
      '--mount',
      'sh',
      '-c',
      inside,
      resolvConf,
      config,
      ...finger,
      `${destination}:${lab.port}`,
    ]);
    const lines = `${stdout}${stderr}`.split('\n').map((line) => line.replace(/^posttls-finger: /, ''));
    const summary = lines.find((line) => / TLS connection established to /.test(line));
    return {
      summary,
      word: summary?.split(' ')[0],
      matched: lines.some((line) => /: Matched DANE /i.test(line)),
      lines,
    };
  };
}

export interface DaneQuestion {
  readonly address: string;
  readonly port: number;
  readonly baseDomain: string;
  readonly names: readonly string[];
  readonly records: readonly ShownRecord[];
}

/**
 * Whether `openssl s_client` verifies the host by these records, under one of these names: its exit code with
 * -verify_return_error, without which it is 0 in any case. Names do not count under usage 3 (RFC 7671 §5.1).
 */
export async function opensslVerifies(question: DaneQuestion): Promise<OpensslSays> {
  const { baseDomain, names } = question;
  let said = '';
  for (const name of names.length === 0 ? [baseDomain] : names) {
    const answer = await askOpenssl(question, name);
    if (answer.verifies) return answer;
    said += answer.said;
  }
  return { verifies: false, said };
}

interface OpensslSays {
  readonly verifies: boolean;
  readonly said: string;
}

async function askOpenssl(
  { address, port, baseDomain, records }: DaneQuestion,
  name: string,
): Promise<OpensslSays> {
  const host = address.includes(':') ? `[${address}]` : address;
  const options = [
    `-brief -starttls smtp -connect ${host}:${port} -servername ${baseDomain}`,
    '-no-CAfile -no-CApath -no-CAstore -verify_return_error -dane_ee_no_namechecks',
    `-cipher DEFAULT:@SECLEVEL=1 -auth_level 1 -dane_tlsa_domain ${name}`,
  ];
  const rrdatas = records.flatMap((record) => ['-dane_tlsa_rrdata', rrdata(record)]);
  const words = ['s_client', ...options.flatMap((line) => line.split(' ')), ...rrdatas];
  const { code, stdout, stderr } = await run('openssl', words);
  return { verifies: code === 0, said: `${stdout}${stderr}` };
}

function rrdata({ usage, selector, matching, data }: ShownRecord): string {
  return `${usage} ${selector} ${matching} ${data}`;
}

function run(
  program: string,
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: searchPath(), OPENSSL_CONF: '/dev/null', LC_ALL: 'C' };
    const child = execFile(program, words, { env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end('QUIT\r\n');
  });
}
