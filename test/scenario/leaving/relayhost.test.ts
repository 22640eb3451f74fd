import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost } from '../../lab/mail-host.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { removeDataDir, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

const keep = belongings();

it('a relay hands what waits to the mail system that relayhost names, as docs/leaving.md says', async () => {
  const space = await chooseAddresses();
  const place = { name: 'next.test', address: space.address(1), port: space.port };
  const next = await startMailHost(place, { startTls: false });
  keep({ [Symbol.asyncDispose]: () => next.stop() });
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
  keep({ [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) });
  const set = {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
  };
  const before = await startRelay({ set, dataDir });
  // Nobody is there.
  const ids = [
    await sendMail(before.port, { to: `a@[${space.address(2)}]` }),
    await sendMail(before.port, { to: `b@[${space.address(3)}]` }),
  ];
  for (const id of ids) await before.line(new RegExp(`${id}: to=.*status=deferred`));
  await before.stop();

  const relayhost = `[${place.address}]:${space.port}`;
  const after = keep(await startRelay({ set: { ...set, 'delivery.relayhost': relayhost }, dataDir }));
  const requeued = await runCommand(['queue', 'requeue', '--older', '0s', '--yes'], { data_dir: dataDir });
  expect(requeued).toMatchObject({ code: 0, stderr: '' });
  for (const id of ids)
    await after.line(new RegExp(`${id}: to=.*relay=${place.address.replaceAll('.', '\\.')}.*status=sent`));
  expect(next.messages).toHaveLength(2);
});
