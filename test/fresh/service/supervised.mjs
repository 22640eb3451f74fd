// What systemd knows of the relay: when it takes mail, reads files again, stops, and whether it lives.
import { strict as assert } from 'node:assert';
import { connect, createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { submit } from '../submit.mjs';
import {
  eventually,
  mainPid,
  property,
  rest,
  restarts,
  says,
  settings,
  shell,
  step,
  systemdVersion,
  withDropIn,
  withSettings,
} from './kit.mjs';

/** @param queueId of a message that waits */
export async function supervised(queueId) {
  await step('started means that it takes mail, each time', async () => {
    for (let time = 0; time < 3; time += 1) {
      says('systemctl restart dane-relay', 0);
      await submit(2525);
    }
    assert.match(property('StatusText'), /^taking mail on 127\.0\.0\.1:2525/);
  });

  await step('what cannot start is a start that has failed, whatever the reason is', async () => {
    const before = readFileSync(settings);
    await withSettings(`${before}\nnonsense = 1\n`, before, () => {
      says('systemctl restart dane-relay', 1);
      assert.equal(property('ExecMainStatus'), '78');
      assert.equal(restarts(), 0);
    });
    says('systemctl reset-failed dane-relay; systemctl stop dane-relay', 0);
    const other = createServer().listen(2525, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    says('systemctl start dane-relay', 1);
    await new Promise((resolve) => other.close(resolve));
    // It tries again by itself.
    await eventually('systemctl is-active dane-relay');
    says('systemctl reset-failed dane-relay; systemctl restart dane-relay', 0);
    says('dane-relay queue list', 0, new RegExp(queueId));
  });

  await step('systemd hears of it from the relay itself, and from nobody else', async () => {
    says('systemctl log-level debug', 0);
    const pid = mainPid();
    says('systemctl reload dane-relay', 0);
    assert.equal(property('ActiveState'), 'active');
    says('systemctl restart dane-relay', 0);
    says('systemctl log-level info', 0);
    // After the number comes " (" up to systemd 252, and ":" later.
    for (const word of [
      `${pid}[: ].*RELOADING=1`,
      `${pid}[: ].*READY=1`,
      `${pid}[: ].*STOPPING=1`,
      `${mainPid()}[: ].*READY=1`,
    ])
      await eventually(`journalctl --sync; journalctl _PID=1 -o cat | grep -E 'message from PID ${word}'`);
    says("journalctl _PID=1 -o cat | grep -c 'reception only permitted'", 1, /^0$/m);
  });

  await step('a reload that is over has been done', async () => {
    const before = readFileSync(settings);
    await withSettings(`${before}\npolicy_maps = "/etc/dane-relay/policy"\n`, before, async () => {
      says('echo "example.org may" >/etc/dane-relay/policy; systemctl restart dane-relay', 0);
      says('echo "example.org wrong" >/etc/dane-relay/policy; systemctl reload dane-relay', 0);
      const isTold =
        "journalctl --sync; journalctl -u dane-relay -o cat -p warning | grep -F '/etc/dane-relay/policy:1'";
      if (systemdVersion() >= 253) says(isTold, 0);
      else await eventually(isTold);
    });
    says('rm /etc/dane-relay/policy; systemctl restart dane-relay', 0);
  });

  await step(
    'a relay that works is left alone by the watchdog, whatever systemd does to itself',
    async () => {
      await withDropIn('[Service]\nWatchdogSec=20s\n', async () => {
        says('systemctl restart dane-relay', 0);
        const pid = mainPid();
        says('systemctl daemon-reexec', 0);
        await rest(25_000);
        says('systemctl daemon-reload', 0);
        await rest(20_000);
        assert.equal(mainPid(), pid);
        assert.notEqual(property('WatchdogTimestampMonotonic'), '0');
      });
    },
  );

  await step('a relay that hangs is killed and started again, with all mail that it has taken', async () => {
    await withDropIn('[Service]\nWatchdogSec=20s\n', async () => {
      says('systemctl restart dane-relay', 0);
      const before = restarts();
      const pid = mainPid();
      const latest = await submit(2525);
      says(`kill -STOP ${pid}`, 0);
      // The kernel still takes the connection, and nobody speaks.
      const waiting = connect(2525, '127.0.0.1').on('error', () => {});
      await eventually(`test "$(systemctl show -p NRestarts --value dane-relay)" -gt ${before}`);
      waiting.destroy();
      await eventually('systemctl is-active dane-relay');
      assert.notEqual(mainPid(), pid);
      says("journalctl --sync; journalctl _PID=1 -o cat | grep -F 'dane-relay.service: Watchdog timeout'", 0);
      for (const id of [queueId, latest]) says('dane-relay queue list', 0, new RegExp(id));
    });
    says('systemctl restart dane-relay', 0);
  });

  await step('a bug ends the relay in good order, and systemd starts it again', async () => {
    const bug = "process.on('SIGUSR2',()=>{throw%%20Error('on-purpose')})";
    const environment = `[Service]\nEnvironment="NODE_OPTIONS=--import=data:text/javascript,${bug}"\n`;
    await withDropIn(environment, async () => {
      says('systemctl restart dane-relay', 0);
      const before = restarts();
      says(`kill -USR2 ${mainPid()}`, 0);
      await eventually(`test "$(systemctl show -p NRestarts --value dane-relay)" -gt ${before}`);
      await eventually('systemctl is-active dane-relay');
      says(
        "journalctl --sync; journalctl -u dane-relay -o cat -p err | grep -F 'the relay ends: Error: on-purpose'",
        0,
      );
    });
    says('systemctl restart dane-relay', 0);
  });

  await step('logs that go to the journal need no rotation, and those of a file get it', async () => {
    says('DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends logrotate', 0);
    const before = readFileSync(settings);
    const file = '/var/log/dane-relay/relay.log';
    const rotate = 'logrotate -v -s /tmp/logrotate.state -f /etc/logrotate.d/dane-relay';
    says(rotate, 0, /log does not exist -- skipping|No logs found|skipping/);
    await withSettings(`${before}\n[log]\nfile = "${file}"\n`, before, async () => {
      says(`systemctl restart dane-relay && chmod 640 ${file} && chgrp adm ${file}`, 0);
      const ids = [await submit(2525)];
      says(rotate, 0);
      ids.push(await submit(2525));
      // At once where a reload that is over has been done.
      await eventually(`grep ${ids[1]} ${file}`);
      says(`grep ${ids[0]} ${file}.1`, 0);
      says(`stat -c '%a %G' ${file}`, 0, /^640 adm$/m);
      says(rotate, 0);
      says(`zgrep ${ids[0]} ${file}.2.gz`, 0);
      const owner = /^Access: .*$/m;
      assert.equal(
        owner.exec(shell(`stat ${file}`).output)?.[0],
        owner.exec(shell(`stat ${file}.1`).output)?.[0],
      );
    });
    says('rm -f /tmp/logrotate.state; systemctl restart dane-relay', 0);
  });
}
