import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../support/run-command.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startStsLab, type Destination, type StsLab } from '../sts/sts-world.ts';

/** What is counted under MTA-STS policies, and beside DANE (RFC 8460 §4.2.1, §4.3.2.2). */

const enforce = (...mx: readonly string[]): string =>
  ['mode: enforce', ...mx.map((one) => `mx: ${one}.hosts.test`), 'max_age: 86400'].join('\n');
const testing = (...mx: readonly string[]): string => enforce(...mx).replace('enforce', 'testing');

interface Case extends Destination {
  readonly counted: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  good: { mx: ['m1'], policy: enforce('m1'), counted: ['sts 1/0'] },
  'other-name': {
    mx: ['other'],
    policy: enforce('other'),
    counted: ['sts 0/1', '1 certificate-host-mismatch -'],
  },
  stripped: { mx: ['clear'], policy: enforce('clear'), counted: ['sts 0/1', '1 starttls-not-supported -'] },
  'tested-and-expired': {
    mx: ['expired'],
    policy: testing('expired'),
    counted: ['sts 0/1', '1 certificate-expired -'],
  },
  'second-listed': {
    mx: ['m1', 'm2'],
    policy: enforce('m2'),
    counted: ['sts 1/1', '1 validation-failure sts-mx-mismatch'],
  },
  missing: {
    mx: ['m1'],
    policy: { status: 404 },
    counted: ['no-policy-found 1/0', 'sts 0/1', '1 sts-policy-fetch-error http-404'],
  },
  'dane-alone': { mx: ['self'], policy: enforce('self'), counted: ['tlsa 1/0'] },
  unusable: {
    mx: ['pkix'],
    policy: enforce('pkix'),
    counted: ['sts 1/0', 'tlsa 0/1', '1 tlsa-invalid all-tlsa-records-unusable'],
  },
};

let lab: StsLab;
let relay: RunningRelay;
beforeAll(async () => {
  const destinations = Object.entries(cases).map(([name, one]): readonly [string, Destination] => [
    `${name}.cases.test`,
    { ...one, records: [`_smtp._tls.${name} TXT "v=TLSRPTv1; rua=mailto:tls@good.cases.test"`] },
  ]);
  lab = await startStsLab(Object.fromEntries(destinations));
  const reporting = { 'tlsrpt.organization_name': 'Relay', 'tlsrpt.contact': 'tls@relay.test' };
  relay = await startRelay({ set: { ...lab.settings, ...reporting } });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

interface Shown {
  readonly policies: readonly {
    readonly policy: Readonly<Record<string, unknown>>;
    readonly successes: number;
    readonly failures: number;
    readonly faults: readonly { readonly fault: Readonly<Record<string, string>>; readonly count: number }[];
  }[];
}

it('sessions are counted under the policies that were evaluated', async () => {
  for (const name of Object.keys(cases)) {
    const id = await sendMail(relay.port, { to: `user@${name}.cases.test` });
    await relay.line(new RegExp(`${id}: .*status=(sent|deferred)`));
  }
  // The outcome is stored a moment after its line.
  for (const [name, { counted }] of Object.entries(cases)) {
    await expect.poll(() => countedOf(`${name}.cases.test`)).toEqual(counted);
  }
});

async function countedOf(domain: string): Promise<readonly string[]> {
  const { stdout } = await runCommand(['tlsrpt', 'show', '--json', domain], { data_dir: relay.dataDir });
  const [line] = stdout.toString().split('\n');
  const { policies } = line ? (JSON.parse(line) as Shown) : { policies: [] };
  const typeOf = ({ policy }: Shown['policies'][number]): string => String(policy['policy-type']);
  return policies
    .toSorted((one, other) => typeOf(one).localeCompare(typeOf(other)))
    .flatMap((one) => [
      `${typeOf(one)} ${one.successes}/${one.failures}`,
      ...one.faults.map(
        ({ fault, count }) => `${count} ${fault['result-type'] ?? ''} ${fault['failure-reason-code'] ?? '-'}`,
      ),
    ]);
}
