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
    // What anybody can write into his zone.
    'local MX 10 lo',
    `lo ${address('a')}`,
    'local6 MX 10 lo6',
    'lo6 AAAA ::1',
    'mapped MX 10 lo4in6',
    'lo4in6 AAAA ::ffff:127.0.0.1',
    `number MX 10 ${address('a').split(' ')[1]}.`,
    'backup MX 10 nobody.hosts.test.',
    'backup MX 20 lo',
    'zero A 0.0.0.0',
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

async function verdictOn(to: string, by = relay): Promise<string> {
  const id = await sendMail(by.port, { to });
  return by.line(new RegExp(`${id}: to=.*status=`));
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

describe('loopback addresses in the DNS and in the mail, at port 25', () => {
  let real: RunningRelay;

  beforeAll(async () => {
    real = await startRelay({ set: { ...labSettings(lab), 'delivery.port': '25' } });
  });
  afterAll(() => real?.[Symbol.asyncDispose]());

  test.each(['local', 'local6', 'mapped', 'number', 'zero'])(
    '%s: a loop, and nobody is called',
    async (name) => {
      expect(await verdictOn(`a@${name}.cases.test`, real)).toMatch(
        new RegExp(
          `relay=none, .*dsn=5\\.4\\.6, status=bounced \\(mail for ${name}\\.cases\\.test loops back to myself\\)`,
        ),
      );
      expect(real.matching(/connect to /)).toEqual([]);
    },
  );

  test.each(['[127.0.0.2]', '[IPv6:::1]', '[IPv6:::ffff:127.0.0.1]', '[0.0.0.0]'])(
    'a literal: %s',
    async (literal) => {
      expect(await verdictOn(`a@${literal}`, real)).toMatch(
        /relay=none, .*dsn=5\.4\.6, status=bounced \(mail for \[.*\] loops back to myself\)/,
      );
      expect(real.matching(/connect to /)).toEqual([]);
    },
  );

  test('as the second best: it is never called, and the mail waits for the best', async () => {
    expect(await verdictOn('a@backup.cases.test', real)).toMatch(
      /relay=none, .*dsn=4\.4\.4, status=deferred \(unable to find primary relay for backup\.cases\.test\)/,
    );
    expect(real.matching(/connect to /)).toEqual([]);
  });

  test.each(['127.0.0.01', '0177.0.0.1', '1.2.3.999', '0x7f.1', '2130706433'])(
    'what is no address is not taken: [%s]',
    async (text) => {
      await expect(sendMail(real.port, { to: `a@[${text}]` })).rejects.toThrow(/501 5\.1\.3/);
    },
  );

  test('with delivery.allow_loopback they are hosts like any other', async () => {
    await using allowing = await startRelay({
      set: { ...labSettings(lab), 'delivery.port': '25', 'delivery.allow_loopback': 'true' },
    });
    expect(await verdictOn('a@local.cases.test', allowing)).toMatch(
      /dsn=4\.4\.1, status=deferred \(connect to lo\.cases\.test\[.*\]:25: Connection refused\)/,
    );
  });

  test('and so is one that the operator names', async () => {
    const { address } = lab.host('a.hosts.test');
    await using named = await startRelay({
      set: { ...labSettings(lab), 'delivery.port': '25', 'delivery.relayhost': `[${address}]:${lab.port}` },
    });
    expect(await verdictOn('a@[127.0.0.1]', named)).toMatch(/status=sent/);
  });
});
