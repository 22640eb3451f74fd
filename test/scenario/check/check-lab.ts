import { differentialWorld } from '../../differential/postfix/differential-world.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain, LabHost } from '../../lab/world.ts';
import type { CheckReport } from '../../../src/core/check/report.ts';
import { readCheckReport } from '../../support/check-schema.ts';
import { runCommand, type Ended } from '../../support/run-command.ts';

/** A lab with everything that a destination can have, and `check` in it. */
export interface CheckLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly domains: readonly string[];
  /** Names of its scripted hosts. */
  readonly hosts: readonly string[];
  check(words: readonly string[], input?: string, set?: Readonly<Record<string, string>>): Promise<Checked>;
  /** What it says of one destination. */
  report(words: readonly string[], set?: Readonly<Record<string, string>>): Promise<CheckReport>;
}

/** silent.test: its first MX says nothing, the second is mx.good.test. */
const silentDomain: LabDomain = {
  name: 'silent.test',
  dnssec: 'signed',
  records: (names) => [
    '@ MX 10 mx',
    '@ MX 20 mx.good.test.',
    `mx ${names.address('mx.silent.test')}`,
    `${names.tlsaOwner('mx')} ${names.tlsa('mx.good.test', '3 1 1')}`,
  ],
};
const silentHost: LabHost = {
  kind: 'scripted',
  name: 'mx.silent.test',
  trouble: { at: 'before greeting', action: 'hang' },
};

export interface Checked extends Omit<Ended, 'stdout'> {
  readonly stdout: string;
  readonly lines: readonly string[];
}

export async function startCheckLab(): Promise<CheckLab> {
  const { world: known, domains } = await differentialWorld();
  const world = { domains: [...known.domains, silentDomain], hosts: [...known.hosts, silentHost] };
  const lab = await startLab(world);
  const settings = {
    'dns.servers': lab.dnsServer,
    'delivery.port': String(lab.port),
    hostname: 'relay.test',
    data_dir: lab.directory,
  };
  const check: CheckLab['check'] = async (words, input = '', set = {}) => {
    const { stdout, ...ended } = await runCommand(['check', ...words], { ...settings, ...set }, input);
    const text = stdout.toString();
    return { ...ended, stdout: text, lines: text === '' ? [] : text.replace(/\n$/, '').split('\n') };
  };
  return {
    lab,
    domains,
    hosts: world.hosts.flatMap(({ kind, name }) => (kind === 'scripted' ? [name] : [])),
    check,
    async report(words, set) {
      const { code, lines, stderr } = await check(['--json', ...words], '', set);
      const [line] = lines;
      if (line === undefined) throw new Error(`nothing but: ${stderr}`);
      const report = readCheckReport(line);
      if (report.exitCode !== code)
        throw new Error(`exit code ${code}, and ${report.exitCode} in the report`);
      return report;
    },
    [Symbol.asyncDispose]: () => lab.stop(),
  };
}
