// The service with sockets that systemd has opened: port 25 without a privilege, and nobody is refused.
import { strict as assert } from 'node:assert';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { submit } from '../submit.mjs';
import {
  eventually,
  install,
  mainPid,
  property,
  restarts,
  says,
  saysLater,
  settings,
  step,
  uninstall,
  upgrade,
  withDropIn,
  withSettings,
} from './kit.mjs';
import { startSteadyClient } from './steady-client.mjs';

const socketUnit = '/etc/systemd/system/dane-relay.socket';
/** Where systemd listens, in the words of the kernel: it has one, and the relay has none of its own. */
const listeners = "ss -Hltnp 'sport = :2525'";

export async function socketActivated() {
  await step('installed with sockets, systemd listens, and stays it', async () => {
    says('DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends iproute2', 0);
    says(`${install} --socket`, 0, /dane-relay runs/);
    says('systemctl is-enabled dane-relay.socket && systemctl is-active dane-relay.socket', 0);
    await submit(2525);
    says(install, 0, /it runs already, and there is nothing new/);
    says(listeners, 0, /^LISTEN 0 +4096 .*systemd.*\n$/);
  });

  await step('port 25 needs no privilege', async () => {
    const before = readFileSync(settings);
    const both = '[Socket]\nListenStream=\nListenStream=127.0.0.1:2525\nListenStream=127.0.0.1:25\n';
    await withDropIn(
      both,
      () =>
        withSettings(`listen = ["127.0.0.1:25", "127.0.0.1:2525"]\n${before}`, before, async () => {
          says(
            'systemctl stop dane-relay.service dane-relay.socket; systemctl start dane-relay.socket dane-relay',
            0,
          );
          says(`grep CapEff /proc/${mainPid()}/status`, 0, /^CapEff:\s+0+$/m);
          await submit(25);
          await submit(2525);
          // One that no listener takes is an error: its clients would wait for ever.
          writeFileSync(settings, before);
          says('systemctl restart dane-relay', 1);
          says(
            'journalctl --sync; journalctl -u dane-relay -o cat -n 20 -p err',
            0,
            /none for the one with FileDescriptorName=smtp at 127\.0\.0\.1:25/,
          );
        }),
      'dane-relay.socket',
    );
    says(
      'systemctl stop dane-relay.service dane-relay.socket; systemctl reset-failed dane-relay.service dane-relay.socket',
      0,
    );
    says('systemctl start dane-relay.socket dane-relay', 0);
  });

  await step('a listener may have the name of the socket instead of its address', async () => {
    const before = readFileSync(settings);
    await withSettings(`${before}\n[[listener]]\naddress = "systemd:smtp"\n`, before, async () => {
      says('systemctl restart dane-relay', 0);
      await submit(2525);
    });
    says('systemctl restart dane-relay', 0);
  });

  await step('restarts, an upgrade and a death refuse nobody, and lose nothing', async () => {
    const page = readFileSync('docs/operating.md');
    const stopClient = startSteadyClient(2525);
    for (let time = 0; time < 3; time += 1) await saysLater('systemctl restart dane-relay', 0);
    appendFileSync('docs/operating.md', '\n');
    await saysLater(upgrade, 0, /dane-relay runs/);
    writeFileSync('docs/operating.md', page);
    const before = restarts();
    await saysLater('systemctl kill --kill-whom=main --signal=KILL dane-relay', 0);
    while (restarts() === before || property('ActiveState') !== 'active')
      await new Promise((resolve) => setTimeout(resolve, 100));
    const { taken, faults, toldToWait, longestMs } = await stopClient();
    console.log(
      `    ${taken.length} messages taken, ${toldToWait} times 421, the longest dialogue ${longestMs} ms, faults: ${faults.length}`,
    );
    // The four dialogues of a process that is killed end with it.
    const atDeath = faults.filter((fault) => /ECONNRESET|EPIPE|ended after/.test(fault));
    assert.deepEqual(
      faults.filter((fault) => !atDeath.includes(fault)),
      [],
    );
    assert.ok(atDeath.length <= 4, atDeath.join('\n'));
    const { stdout } = { stdout: says('dane-relay queue list', 0) };
    assert.deepEqual(
      taken.filter((queueId) => !stdout.includes(queueId)),
      [],
    );
  });

  await step('stopped, a client starts it again, and stopped with its sockets it stays so', async () => {
    says('systemctl stop dane-relay.service', 0);
    await submit(2525);
    says('systemctl is-active dane-relay', 0);
    says('systemctl stop dane-relay.socket dane-relay.service', 0);
    says('exec 3<>/dev/tcp/127.0.0.1/2525', 1);
    says('systemctl start dane-relay.socket dane-relay', 0);
  });

  await step('wrong settings end in a failure that shows, in spite of the clients', async () => {
    const before = readFileSync(settings);
    await withSettings(`${before}\nnonsense = 1\n`, before, async () => {
      says('systemctl restart dane-relay', 1);
      await eventually('systemctl is-failed dane-relay.service');
      says('timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/2525; cat <&3"; true', 0);
      await eventually('systemctl is-failed dane-relay.socket');
    });
    says(install, 0, /dane-relay runs/);
    await submit(2525);
  });

  await step('removed, its socket is gone too', () => {
    says(uninstall, 0);
    assert.ok(!existsSync(socketUnit));
    says('exec 3<>/dev/tcp/127.0.0.1/2525', 1);
  });
}
