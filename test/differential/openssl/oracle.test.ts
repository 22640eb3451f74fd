import { describe, expect, test } from 'vitest';
import { certificateList, readJudgement } from './oracle.ts';

const chain = [Buffer.from('leaf'), Buffer.from('issuer')];

/** The message as `s_client -msg` dumps it. */
function dump(certificates: readonly Buffer[]): string {
  const octets = Buffer.concat([Buffer.from([11, 0, 0, 0, 0]), certificateList(certificates)]);
  const lines = octets.toString('hex').match(/.{1,32}/g) ?? [];
  const shown = lines.map((line) => `    ${line.match(/../g)?.join(' ')}\n`).join('');
  return `>>> TLS 1.3, Handshake [length 0138], ClientHello\n    01 00\n<<< TLS 1.3, Handshake [length 0190], Certificate\n${shown}<<< TLS 1.2, RecordHeader [length 0005]\n    17 03\n`;
}

const matched = 'Verification: OK\nDANE TLSA 3 1 1 ...00ff matched EE certificate at depth 0\n';
const failed = 'depth=0 CN = mx\nverify error:num=62:hostname mismatch\n80:error:0A000086:SSL routines\n';
const warning = 's_client: warning: unusable TLSA rrdata: 3 1 1 00\n';

describe('readJudgement()', () => {
  test.each([
    ['a match', matched, 'matched 3 at 0'],
    [
      'a match by bare key',
      'Verification: OK\nDANE TLSA 2 1 0 ...00ff signed the certificate at depth 1\n',
      'matched 2 at 1',
    ],
    ['a mismatch', failed, 'mismatch'],
    ['a record that is ignored', warning + matched, 'matched 3 at 0, ignored 1'],
    ['no usable record', `${warning}s_client: Failed to import any TLSA records.\n`, 'unusable, ignored 1'],
  ])('%s', (_, comments, verdict) => {
    expect(readJudgement(dump(chain), comments, chain)).toMatchObject({ kind: 'judged', verdict });
  });

  test.each([
    ['a handshake that came to nothing', dump(chain), '80:error:0A000410:SSL routines:handshake failure\n'],
    ['a match without verification', dump(chain), matched.replace('OK', 'certificate has expired')],
    ['nothing at all', '', ''],
    ['no certificates', '', matched],
    ['a mismatch of no certificates', '', failed],
    ['certificates in another order', dump(chain.toReversed()), failed],
    ['a chain cut short', dump(chain.slice(0, 1)), matched],
  ])('%s is no verdict', (_, messages, comments) => {
    expect(readJudgement(messages, comments, chain)).toMatchObject({ kind: 'not reached' });
  });
});
