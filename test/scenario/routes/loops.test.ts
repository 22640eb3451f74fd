import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startRoutesLab } from './routes-world.ts';

let lab: Lab;
let relay: RunningRelay;

beforeAll(async () => {
  ({ lab } = await startRoutesLab((address) => [
    // Of b the relay is told that mail for it arrives there.
    ...['10 gone', '20 b', '20 a', '30 a'].map((mx) => `second MX ${mx}.hosts.test.`),
    ...['10 b', '20 a'].map((mx) => `best MX ${mx}.hosts.test.`),
    ...['10 nobody', '20 b'].map((mx) => `missing MX ${mx}.hosts.test.`),
    `implicit ${address('b')}`,
    `numeric MX 10 ${address('a').split(' ')[1]}.`,
  ]));
  relay = await startRelay({
    set: {
      ...labSettings(lab),
      'delivery.proxy_interfaces': lab.host('b.hosts.test').address,
      'delivery.fallback_relay': '[a.hosts.test]',
    },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

async function verdictOn(to: string): Promise<string> {
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

const heard = (): number =>
  ['a', 'b'].reduce((sum, name) => sum + lab.host(`${name}.hosts.test`).sessions.length, 0);

describe('a domain of which the relay is a mail host itself', () => {
  test('20 of 10/20/20/30: only 10 is tried, and no fallback relay', async () => {
    const had = heard();
    expect(await verdictOn('a@second.cases.test')).toMatch(
      /relay=none, .*dsn=4\.4\.1, status=deferred \(connect to gone\.hosts\.test\[.*\]:\d+: Connection refused\)/,
    );
    expect(heard()).toBe(had);
  });

  test.each(['best', 'implicit'])('the best of all (%s): a loop', async (name) => {
    const had = heard();
    expect(await verdictOn(`a@${name}.cases.test`)).toMatch(
      new RegExp(
        `relay=none, .*dsn=5\\.4\\.6, status=bounced \\(mail for ${name}\\.cases\\.test loops back to myself\\)`,
      ),
    );
    expect(heard()).toBe(had);
  });

  test('the best that can be found: the mail waits for the others', async () => {
    expect(await verdictOn('a@missing.cases.test')).toMatch(
      /relay=none, .*dsn=4\.4\.4, status=deferred \(unable to find primary relay for missing\.cases\.test\)/,
    );
  });
});

test('a number for an MX: a warning, and the mail goes there', async () => {
  const { address } = lab.host('a.hosts.test');
  expect(await verdictOn('a@numeric.cases.test')).toMatch(/status=sent/);
  await relay.line(
    new RegExp(
      `warning: numeric domain name in resource data of MX record for numeric\\.cases\\.test: ${address}$`,
    ),
  );
});
