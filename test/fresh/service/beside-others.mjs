// The service with the Redis and the Unbound of the system, and with what systemd hands over as credentials.
import { strict as assert } from 'node:assert';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { connect as startTls } from 'node:tls';
import { submit } from '../submit.mjs';
import { eventually, install, property, says, settings, step, withDropIn, withSettings } from './kit.mjs';

/** Of this machine's day alone. */
const target = '/run/systemd/system/fresh-all.target';
const moment = (name, unit) => Number(property(`${name}TimestampMonotonic`, unit));

export async function besideOthers() {
  const before = readFileSync(settings);
  // A Redis as careful as that of the relay, with a password.
  const redis = ['appendonly yes', 'appendfsync always', 'requirepass fresh-secret', 'save ""'];
  appendFileSync('/etc/redis/redis.conf', `\n${redis.join('\n')}\n`);
  const secret = '/etc/dane-relay/secret';
  says(`mkdir -m 700 ${secret}`, 0);
  says(`dane-relay certificate create relay.fresh.invalid --directory ${secret}`, 0);
  writeFileSync(`${secret}/redis`, 'redis://:fresh-secret@127.0.0.1:6379\n', { mode: 0o600 });
  writeFileSync(`${secret}/passwords`, '[smtp.fresh.invalid]:587 user:password\n', { mode: 0o600 });
  const unit = `[Service]
${['redis', 'passwords', 'relay.crt', 'relay.key'].map((name) => `LoadCredential=${name}:${secret}/${name}`).join('\n')}
`;
  says(`chmod 600 ${secret}/* && chown root:root ${secret}/*`, 0);
  const text = `${before}
[redis]
url = "credential:redis"

[dns]
servers = ["127.0.0.1"]

[delivery]
sasl_auth_enable = true
sasl_password_maps = "credential:passwords"

[[listener]]
address = "127.0.0.1:2525"
tls = "starttls"
certificate = "credential:relay.crt"
key = "credential:relay.key"
`;
  says(
    'systemctl stop dane-relay; systemctl unmask redis-server unbound; systemctl stop redis-server unbound',
    0,
  );
  await withDropIn(unit, () =>
    withSettings(text, before, async () => {
      await step('keys, passwords and the URL of Redis come from systemd, out of files of root', async () => {
        says('systemctl start redis-server unbound && systemctl start dane-relay', 0);
        says('ps -o user= -p $(systemctl show -p MainPID --value dane-relay)', 0, /^(?!root)/);
        const queueId = await submit(2525);
        says(`redis-cli -a fresh-secret --no-auth-warning keys '*' | grep -F ${queueId}`, 0);
        says('dane-relay queue list', 0, new RegExp(queueId));
        says('dane-relay check-config', 0, /redis\.url = "credential:redis"/);
        says('dane-relay certificate show', 0, /relay\.fresh\.invalid/);
        assert.match(await certificateAt(2525), /relay\.fresh\.invalid/);
        says("journalctl -u dane-relay -o cat | grep -c 'fresh-secret'", 1, /^0$/m);
        says(install, 0, /dane-relay runs|nothing new/);
      });

      await step('started with Redis and Unbound it comes after them, and stops before', async () => {
        // As at boot and at shutdown: one transaction for all, where systemctl with several names makes several.
        const names = 'dane-relay.service redis-server.service unbound.service';
        writeFileSync(target, `[Unit]\nWants=${names}\nPropagatesStopTo=${names}\n`);
        says(`systemctl daemon-reload; systemctl stop ${names}; systemctl start ${basename(target)}`, 0);
        says(`systemctl is-active ${names}`, 0);
        const started = moment('ExecMainStart', 'dane-relay');
        for (const other of ['redis-server', 'unbound'])
          assert.ok(moment('ActiveEnter', other) <= started, `${other} was not ready`);
        const queueId = await submit(2525);
        says(`systemctl stop ${basename(target)}`, 0);
        await eventually(`test "$(systemctl is-active ${names} | grep -c '^inactive$')" = 3`);
        const stopped = moment('InactiveEnter', 'dane-relay');
        for (const other of ['redis-server', 'unbound'])
          assert.ok(stopped <= moment('ActiveExit', other), `${other} was stopped first`);
        says('journalctl --sync; journalctl -u dane-relay -o cat -n 30', 0, /^(?![^]*did not stop cleanly)/);
        says(`systemctl start ${basename(target)}`, 0);
        rmSync(target);
        await eventually(`dane-relay queue list | grep ${queueId}`);
      });
    }),
  );
  says('systemctl stop dane-relay redis-server unbound; systemctl start dane-relay', 0);
  // The Unbound of Debian 13 leaves its control socket behind.
  rmSync('/run/unbound.ctl', { force: true });
}

/** The names of the certificate that a client gets with STARTTLS. */
async function certificateAt(port) {
  const socket = connect(port, '127.0.0.1');
  const commands = ['EHLO client.fresh.invalid\r\n', 'STARTTLS\r\n'];
  let replies = '';
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    replies += part;
    if (!/^\d{3} .*\r\n$/m.test(replies)) continue;
    const next = commands.shift();
    if (next === undefined) break;
    replies = '';
    socket.write(next);
  }
  const tls = startTls({ socket, rejectUnauthorized: false });
  await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject));
  const { subjectaltname } = tls.getPeerCertificate();
  tls.destroy();
  return subjectaltname;
}
