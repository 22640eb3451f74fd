import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { startRelay, labSettings, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { countTls, mailgraph } from '../../tools/log/log-tools.ts';

/** Tools that were made for the log of Postfix, over the log of a relay that really ran. */

let lab: Lab;
let relay: RunningRelay;
let log = '';

beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({
    set: { ...labSettings(lab), 'log.syslog_name': 'postfix', 'delivery.connection_reuse': 'false' },
  });
  const domains = [
    'good',
    'good',
    'good',
    'half',
    'half',
    'anonymous',
    'wrong-key',
    'no-tlsa',
    'rejects',
    'rejects',
  ];
  for (const name of domains) {
    const id = await sendMail(relay.port, { from: 'sender@good.test', to: `user@${name}.test` });
    await relay.line(new RegExp(`${id}: to=`));
  }
  // The reports about two mails that were refused are mails themselves.
  await until(() => relay.matching(/: to=<sender@good\.test>.*status=sent/).length === 2, 'two reports');
  const head = 'Nov 24 10:00:00 relay ';
  log = relay.lines.map((line) => `${head}${line}\n`).join('');
  log += `Nov 24 11:00:00 relay postfix/smtpd[1]: 4jX6Z215f0zwqHvm: client=x[192.0.2.1]\n`;
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

it('counts the words of the TLS connections', () => {
  expect(countTls(log)).toEqual({ Verified: 7, Trusted: 2, Untrusted: 2, Anonymous: 1 });
});

it('mailgraph draws it', async () => {
  expect(await mailgraph(log, new Date().getFullYear())).toEqual({
    sent: 9,
    received: 10,
    bounced: 2,
    rejected: 0,
  });
});
