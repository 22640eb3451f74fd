import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../lab/until.ts';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost } from '../../lab/mail-host.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** A relay falls asleep when its host has that command, is replaced, and wakes up again. */
export async function sleepAt(command: 'MAIL FROM' | 'DATA') {
  await using redis = await startPrivateRedis();
  const space = await chooseAddresses();
  let asked = false;
  const host = await startMailHost(
    { name: 'mx.test', address: space.address(1), port: space.port },
    // It takes its time to answer: the relay sleeps before it hears of it.
    { startTls: false, extensions: [], delayMs: 3_000, replies: { [command]: () => void (asked = true) } },
  );
  await using _ = { [Symbol.asyncDispose]: () => host.stop() };
  const set = {
    'redis.url': `unix://${redis.socketPath}`,
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
  };
  await using intake = await startRelay({ set, role: 'intake' });
  await using sleeper = await startRelay({ set, role: 'delivery' });
  const id = await sendMail(intake.port, { to: `rcpt@[${space.address(1)}]` });
  await until(() => asked, command);
  // Leave to send the dot, which goes with DATA.
  const fields = (): Promise<string> => redis.command(`HKEYS {dane-relay}:m:${id}`);
  if (command === 'DATA') await until(async () => (await fields()).includes('dot:'), 'leave');
  sleeper.signal('SIGSTOP');
  await using successor = await startRelay({ set, role: 'delivery' });
  await successor.line(new RegExp(`${id}: removed`));
  sleeper.signal('SIGCONT');
  await sleeper.line(new RegExp(`${id}: to=.*status=deferred`));
  await sleep(1_000);
  return {
    copies: host.messages.length,
    inDoubt: successor.matching(/final dot was sent, no reply seen/).length,
    sleeper: sleeper.matching(/status=/).join('\n'),
    removed: sleeper.matching(/removed/).length,
    errors: sleeper.matching(/: error: /),
  };
}
