import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
const keep = belongings();

beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

async function relayAfterMailTo(
  names: readonly string[],
  set: Readonly<Record<string, string>>,
): Promise<RunningRelay> {
  const relay = keep(await startRelay({ set: { ...labSettings(lab), ...set } }));
  for (const name of names) {
    const id = await sendMail(relay.port, { to: `user@${name}.test` });
    await relay.line(new RegExp(`${id}: to=`));
  }
  return relay;
}

/** The texts of the lines of smtp. */
function texts({ lines }: RunningRelay): string[] {
  return lines.flatMap((line) => /^dane-relay\/smtp\[\d+\]: (.*)/.exec(line)?.[1] ?? []);
}

describe('tls.loglevel', () => {
  it('0 tells of failures alone', async () => {
    const relay = await relayAfterMailTo(['good', 'good', 'wrong-key'], { 'tls.loglevel': '0' });
    expect(relay.matching(/TLS connection (?:established|reused)/)).toEqual([]);
    expect(relay.matching(/server certificate verification failed for mx\.wrong-key\.test/)).toHaveLength(1);
    expect(relay.matching(/status=sent/)).toHaveLength(2);
  });

  it('2 tells of the records, which of them matched, and of the certificate', async () => {
    const relay = await relayAfterMailTo(['good', 'ta', 'no-tlsa'], { 'tls.loglevel': '2' });
    const said = texts(relay);
    const peer = (name: string) => String.raw`mx\.${name}\.test\[[\d.]+\]:${lab.port}`;
    const expectLine = (line: string) =>
      expect(said).toContainEqual(expect.stringMatching(new RegExp(`^${line}$`)));
    expectLine(String.raw`DNSSEC-signed TLSA record: _${lab.port}\._tcp\.mx\.good\.test: 3 1 1 [0-9A-F]{64}`);
    expectLine(`${peer('good')}: Matched DANE EE certificate at depth 0: 3 1 1 [0-9A-F]{64}`);
    expectLine(
      `${peer('good')}: subject_CN=lab mail host, issuer=/CN=Lab Issuing CA, ` +
        'cert fingerprint=(?:[0-9A-F]{2}:){31}[0-9A-F]{2}, pkey fingerprint=(?:[0-9A-F]{2}:){31}[0-9A-F]{2}',
    );
    expect(
      said.filter((line) => line.includes('DNSSEC-signed TLSA record: ') && line.includes('ta.test')),
    ).toHaveLength(2);
    expectLine(`${peer('ta')}: matched peername: mx\\.ta\\.test`);
    expectLine(`${peer('ta')}: Matched DANE TA certificate at depth [12]: 2 1 1 [0-9A-F]{64}`);
    expect(said.filter((line) => /no-tlsa.*Matched|_tcp\.mx\.no-tlsa/.test(line))).toEqual([]);
    expectLine(`${peer('no-tlsa')}: subject_CN=.*`);
    const [record] = said.filter(
      (line) => line.startsWith('DNSSEC-signed TLSA record: _') && line.includes('good'),
    );
    const digest = record?.split(' ').at(-1) ?? 'none';
    expect(said.find((line) => line.includes('Matched DANE EE'))).toContain(digest);
  });
});

describe('tls.note_starttls_offer', () => {
  it('tells of TLS that nobody wanted', async () => {
    const offers = /^dane-relay\/smtp\[\d+\]: Host offered STARTTLS: \[mx\.no-tlsa\.test\]$/;
    const noting = { 'tls.level': 'none', 'tls.note_starttls_offer': 'true' };
    const relay = await relayAfterMailTo(['no-tlsa', 'stripped'], noting);
    expect(relay.matching(/Host offered STARTTLS/)).toHaveLength(1);
    expect(relay.matching(offers)).toHaveLength(1);
    const silent = await relayAfterMailTo(['no-tlsa'], { 'tls.level': 'none' });
    expect(silent.matching(/Host offered STARTTLS/)).toEqual([]);
  });
});

describe('delivery.log_tls_feature_status', () => {
  it('says what came of the level', async () => {
    const names = ['good', 'half', 'no-tlsa', 'wrong-key', 'stripped', 'tlsa-fails', 'adh', 'nxdomain'];
    const relay = await relayAfterMailTo(names, { 'delivery.log_tls_feature_status': 'true' });
    const statuses = relay
      .matching(/: to=</)
      .map((line) => line.replace(/.*@(\S+)\.test>, .*?(?:, tls=(\S+))?, dsn=.*/, '$1 $2'));
    expect(statuses).toEqual([
      'good dane',
      'half halfdane',
      'no-tlsa may',
      'wrong-key !dane',
      'stripped !dane',
      'tlsa-fails unknown?',
      'adh may',
      'nxdomain ',
    ]);
  });
});
