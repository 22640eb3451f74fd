import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** TXT records of keys: name -> text. */
export type KeyRecords = Readonly<Record<string, string>>;

/** What others say of the signatures of a message, from the top: `rsa-sha256 sel example.org pass`. */
export interface Verdicts {
  /** Mail::DKIM, of Debian's libmail-dkim-perl. It knows RSA alone, and says nothing of other signatures. */
  readonly perl: readonly string[];
  /** dkimpy, of Debian's python3-dkim. */
  readonly python: readonly string[];
}

const perl = `
use strict; use warnings;
use Net::DNS; use Mail::DKIM::Verifier;
binmode STDIN;
local $/; my $input = <STDIN>;
my ($head, $message) = split /\\0/, $input, 2;
my %records = map { split /\\t/, $_, 2 } split /\\n/, $head;
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
  my ($name) = @_;
  return () unless exists $records{$name};
  my @strings = unpack '(a255)*', $records{$name};
  return (Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => [@strings]));
};
my $dkim = Mail::DKIM::Verifier->new();
$dkim->PRINT($message);
$dkim->CLOSE;
for my $signature ($dkim->signatures) {
  next unless $signature->algorithm =~ /rsa/;
  print join(' ', $signature->algorithm, $signature->selector, $signature->domain, $signature->result), "\\n";
}
`;

/** Debian's own, which has its packages. */
const python = `
import sys, dkim
head, message = sys.stdin.buffer.read().split(b'\\0', 1)
records = dict(line.split(b'\\t', 1) for line in head.split(b'\\n') if line)
find = lambda name, timeout=5: records.get(name.rstrip(b'.'))
judge = dkim.DKIM(message)
count = sum(1 for name, _ in judge.headers if name.lower() == b'dkim-signature')
for index in range(count):
    try:
        result = 'pass' if judge.verify(idx=index, dnsfunc=find) else 'fail'
    except dkim.DKIMException as error:
        result = 'fail: %s' % error
    tags = judge.signature_fields
    print(' '.join([tags[b'a'].decode(), judge.selector.decode(), judge.domain.decode(), result]))
`;

/** @param message with CRLF line ends, as a host has it */
export async function verifyDkim(message: Buffer, records: KeyRecords): Promise<Verdicts> {
  const head = Object.entries(records).map(([name, record]) => `${name}\t${record}\n`);
  const input = Buffer.concat([Buffer.from(`${head.join('')}\0`), message]);
  const [ofPerl, ofPython] = await Promise.all([
    linesOf('perl', ['-e', perl], input),
    linesOf('/usr/bin/python3', ['-c', python], input),
  ]);
  return { perl: ofPerl, python: ofPython };
}

async function linesOf(program: string, args: readonly string[], input: Buffer): Promise<readonly string[]> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [out, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint}`);
  return out.split('\n').filter((line) => line !== '');
}
