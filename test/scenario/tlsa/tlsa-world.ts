import {
  makeCertificate,
  makeChain,
  tlsaRecord,
  wrongDigit,
  type Certificate,
} from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain, WorldNames } from '../../lab/world.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings } from '../../support/running-relay.ts';

/** Certificates of the hosts, by name of their domain. */
export interface TlsaWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly certificates: Readonly<Record<string, Certificate>>;
  readonly chain: readonly Certificate[];
  tlsa(
    ...words: readonly string[]
  ): Promise<{ readonly code: number | null; readonly lines: readonly string[]; readonly warnings: string }>;
}

/** A domain whose host is `mx`, with records in lines of their own. */
function domain(
  name: string,
  records: (names: WorldNames, mx: string) => readonly string[] = () => [],
  dnssec: LabDomain['dnssec'] = 'signed',
): LabDomain {
  const mx = `mx.${name}`;
  return {
    name,
    dnssec,
    records: (names) => ['@ MX 10 mx', `mx ${names.address(mx)}`, ...records(names, mx)],
  };
}

const ownKey = (names: WorldNames, mx: string) => [
  `${names.tlsaOwner('mx')} 3600 ${names.tlsa(mx, '3 1 1')}`,
];

/** Hosts as `tlsa` may meet them; each domain says by its name what is the matter with it. */
export async function startTlsaWorld(): Promise<TlsaWorld> {
  const names = [
    'good',
    'wrong',
    'bare',
    'open',
    'fails',
    'two',
    'wrapped',
    'rsa',
    'next',
    'stripped',
  ] as const;
  const made = await Promise.all(names.map((name) => makeCertificate({ names: [`mx.${name}.test`] })));
  const certificates = Object.fromEntries(names.map((name, index) => [name, made[index]])) as Record<
    string,
    Certificate
  >;
  const of = (name: string): Certificate => certificates[name] ?? made[0]!;
  const { leaf, intermediate, root } = await makeChain(['mx.ta.test']);
  const dualRsa = await makeCertificate({ names: ['mx.dual.test'], key: 'RSA-2048' });
  const dualEc = await makeCertificate({ names: ['mx.dual.test'] });
  const scripted = (name: string, ...certificates: readonly Certificate[]) =>
    ({ kind: 'scripted', name: `mx.${name}.test`, certificates }) as const;
  const lab = await startLab({
    hosts: [
      ...['good', 'wrong', 'bare', 'open', 'fails'].map((name) => scripted(name, of(name))),
      scripted('ta', leaf, intermediate, root),
      scripted('two', of('two')),
      { ...scripted('other.two', of('next')), name: 'other.two.test' },
      { ...scripted('wrapped', of('wrapped')), wrapped: true },
      { ...scripted('dual', dualEc), secondCertificate: dualRsa },
      { ...scripted('stripped', of('stripped')), startTls: false },
      { kind: 'absent', name: 'mx.down.test' },
    ],
    domains: [
      domain('good.test', ownKey),
      domain('wrong.test', (n, mx) => [`${n.tlsaOwner('mx')} 3600 ${wrongDigit(n.tlsa(mx, '3 1 1'))}`]),
      domain('bare.test'),
      domain('open.test', ownKey, 'unsigned'),
      { ...domain('fails.test', ownKey), bogusRrsets: (n) => [`${n.tlsaOwner('mx')} TLSA`] },
      domain('ta.test', (n) => [`${n.tlsaOwner('mx')} ${tlsaRecord(root, '2 1 1')}`]),
      domain('two.test', (n, mx) => [
        `mx ${n.address('other.two.test')}`,
        `${n.tlsaOwner('mx')} ${n.tlsa(mx, '3 1 1')}`,
      ]),
      domain('wrapped.test', ownKey),
      domain('dual.test', (n) => [
        `${n.tlsaOwner('mx')} ${tlsaRecord(dualEc, '3 1 1')}`,
        `${n.tlsaOwner('mx')} ${tlsaRecord(dualRsa, '3 1 1')}`,
      ]),
      domain('stripped.test', (n) => [`${n.tlsaOwner('mx')} ${tlsaRecord(of('stripped'), '3 1 1')}`]),
      domain('down.test', (n) => [`${n.tlsaOwner('mx')} ${tlsaRecord(of('next'), '3 1 1')}`]),
      // Each of them matches by itself, and the stronger digest counts alone.
      {
        name: 'agile.test',
        dnssec: 'signed',
        records: (n) => [
          '@ MX 10 mx',
          `mx ${n.address('mx.good.test')}`,
          `${n.tlsaOwner('mx')} ${n.tlsa('mx.good.test', '3 1 1')}`,
          `${n.tlsaOwner('mx')} ${wrongDigit(n.tlsa('mx.good.test', '3 1 2'))}`,
        ],
      },
    ],
  });
  return {
    lab,
    certificates,
    chain: [leaf, intermediate, root],
    async tlsa(...words) {
      const { code, stdout, stderr } = await runCommand(['tlsa', ...words], labSettings(lab));
      return { code, lines: stdout.toString().trimEnd().split('\n'), warnings: stderr };
    },
    [Symbol.asyncDispose]: () => lab.stop(),
  };
}
