import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Before its colon, as Postfix and the relay write it. */
const longId = /(?<=\]: )[0-9A-Za-z]{10,20}(?=: )/g;

/** What mailgraph draws. */
export interface Drawn {
  readonly sent: number;
  readonly received: number;
  readonly bounced: number;
  readonly rejected: number;
}

/**
 * Debian's mailgraph over a log, as it is installed: what it has put into its databases, added up. That of Debian 13 knows
 * queue ids of digits and capitals alone, not the long ones, of Postfix neither: it is shown them in capitals.
 */
export async function mailgraph(lines: string, year: number): Promise<Drawn> {
  const knowsLongIds = (await readFile('/usr/sbin/mailgraph', 'utf8')).includes('B-DF-HJ-NP');
  const log = knowsLongIds ? lines : lines.replaceAll(longId, (id) => id.toUpperCase());
  const directory = await mkdtemp(join(tmpdir(), 'mailgraph-'));
  try {
    const file = join(directory, 'mail.log');
    await writeFile(file, log);
    const args = ['-c', '-v', '-l', file, '-y', String(year), `--daemon-rrd=${directory}`];
    const { stdout } = await promisify(execFile)('mailgraph', args, { cwd: directory, maxBuffer: 64 << 20 });
    const sums = [0, 0, 0, 0];
    for (const [, counts = ''] of stdout.matchAll(/^update \d+:([\d:]+)/gm)) {
      for (const [place, count] of counts.split(':').slice(0, 4).entries()) {
        sums[place] = (sums[place] ?? 0) + Number(count);
      }
    }
    const [sent = 0, received = 0, bounced = 0, rejected = 0] = sums;
    return { sent, received, bounced, rejected };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The expressions by which the patched mailgraph of an operator tells outgoing TLS connections apart: it looks at lines
 * of `postfix/smtp` alone.
 */
export const tlsExpressions = {
  Verified: /\bVerified TLS connection established to\b/,
  Trusted: /\bTrusted TLS connection established to\b/,
  Untrusted: /\bUntrusted TLS connection established to\b/,
  Anonymous: /\bAnonymous TLS connection established to\b/,
} as const;

export function countTls(log: string): Record<string, number> {
  const lines = log.split('\n').filter((line) => / postfix\/smtp\[\d+\]: /.test(line));
  return Object.fromEntries(
    Object.entries(tlsExpressions).map(([word, expression]) => [
      word,
      lines.filter((line) => expression.test(line)).length,
    ]),
  );
}
