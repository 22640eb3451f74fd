import { copyFileSync } from 'node:fs';
import path from 'node:path';
import type { Hand } from '../hand.ts';
import type { Machine } from '../machine.ts';
import { bootSystemd } from '../boot-systemd.ts';
import { apt, as, install, packages } from './apt.ts';

// Each systemd has an order of its own.
const state =
  'systemctl show -p ActiveState,UnitFileState,ExecMainStatus dane-relay | sort | cut -d= -f2 | xargs';
const mainPid = 'systemctl show -p MainPID --value dane-relay';

/** The life of the service, with mail in its queue. */
export async function onBootedMachine(machine: Machine, hand: Hand, needsOwnNode: boolean): Promise<void> {
  const node = needsOwnNode ? [`${packages}/dane-relay-node_*.deb`] : [];
  const relay = [`${packages}/dane-relay_*.deb`, ...node];
  const mta = `${packages}/dane-relay-mta_*.deb`;
  for (const name of ['submit.mjs', 'sink.mjs'])
    copyFileSync(path.resolve('test/fresh', name), machine.path(`/var/tmp/${name}`));
  // Of the relay's package, or of the system.
  const runScript = `$(ls /usr/lib/dane-relay/bin/node /usr/bin/node 2>/dev/null | head -n 1)`;
  const submit = async (): Promise<string> => {
    const line = `${runScript} -e "import('/var/tmp/submit.mjs').then((m) => m.submit(2525)).then(console.log)"`;
    return (await hand.eventually(line, /^\w+$/m)).trim();
  };

  await hand.step('a machine with systemd', () => bootSystemd(machine));

  await hand.step('installed where services are not to start, it does not', async () => {
    await hand.does(
      `printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d`,
    );
    await hand.does(install(`${packages}/previous/dane-relay_*.deb`, ...node));
    await hand.does(state, /^inactive 0 enabled$/m);
    await hand.does('rm /usr/sbin/policy-rc.d');
  });

  const queueId = await hand.step(
    'purged and installed again, it runs as a user of its own, and takes mail',
    async () => {
      await hand.does(apt('purge dane-relay'));
      await hand.does(install(`${packages}/previous/dane-relay_*.deb`, ...node), /"dane-relay init" asks/);
      await hand.does(state, /^active 0 enabled$/m);
      // Nobody listens there yet.
      await hand.does(`echo 'fresh.invalid smtp:[127.0.0.1]:2526' >/etc/dane-relay/transport`);
      await hand.does(
        `sed -i '1i [delivery]\\ntransport_maps = "/etc/dane-relay/transport"\\n' /etc/dane-relay/relay.toml && systemctl restart dane-relay`,
      );
      const id = await submit();
      await hand.eventually(`journalctl -u dane-relay -o cat | grep -F '${id}: to='`, /status=deferred/);
      await hand.does(`ps -o user:20= -p $(${mainPid})`, /^dane-relay$/m);
      return id;
    },
  );

  await hand.step('an upgrade ends the old one in order and loses nothing', async () => {
    const before = await hand.does(mainPid);
    await hand.does(install(...relay), /^(?![^]*dane-relay init)/);
    await hand.does(state, /^active 0 enabled$/m);
    if ((await hand.does(mainPid)) === before) throw new Error('the old program goes on');
    await hand.eventually('dane-relay queue list', new RegExp(queueId));
    await hand.does('journalctl -u dane-relay -o cat', /stopped/);
  });

  await hand.step('the mail of before the upgrade is delivered', async () => {
    await hand.does(`systemd-run -q --unit=sink ${runScript} /var/tmp/sink.mjs 2526`);
    await hand.eventually(
      'dane-relay queue flush >/dev/null; journalctl -u sink -o cat',
      /^Subject: first$/m,
    );
    await hand.eventually(`journalctl -u dane-relay -o cat | grep -F '${queueId}: to='`, /status=sent/);
    await hand.eventually('dane-relay queue count', /\b0\b/);
    await hand.does('systemctl stop sink');
  });

  await hand.step(
    'the second package is the mail server of the machine, and takes the place of another',
    async () => {
      await hand.does(install('msmtp-mta'));
      await hand.does(install(mta), /REMOVED:\s+msmtp-mta/);
      await hand.does(apt('-s install bsd-mailx'), /^(?![^]*Inst (?:exim|postfix))/);
      // It runs. That it has no resolver on a machine without a network is trouble, and not what this is about.
      await hand.eventually('dane-relay health --json || test $? = 75', /"status"/);
      await hand.eventually(
        `echo text | ${as('nobody')} /usr/sbin/sendmail -f n@fresh.invalid by-sendmail@fresh.invalid && mailq`,
        /by-sendmail/,
      );
      await hand.does('systemctl stop dane-relay');
      await hand.does(`echo text | ${as('nobody')} /usr/lib/sendmail while-stopped@fresh.invalid`);
      await hand.does('ls /var/spool/dane-relay/maildrop', /\w/);
      await hand.does('systemctl start dane-relay');
      await hand.eventually('mailq', /while-stopped@fresh\.invalid/);
      await hand.does('ls /var/spool/dane-relay/maildrop', /^$/);
      await hand.does('newaliases && postqueue -p', /while-stopped@fresh\.invalid/);
    },
  );

  await hand.step('what the administrator has switched off stays off', async () => {
    await hand.does('systemctl disable --now dane-relay');
    await hand.does(apt(`reinstall ${relay.join(' ')} ${mta}`));
    await hand.does(state, /^inactive 0 disabled$/m);
    await hand.does('systemctl enable --now dane-relay');
  });

  await hand.step('settings that are wrong make no installation fail', async () => {
    await hand.does(
      `cp /etc/dane-relay/relay.toml /var/tmp/ && echo 'nonsense = 1' >>/etc/dane-relay/relay.toml`,
    );
    await hand.does(apt(`reinstall ${relay.join(' ')}`));
    await hand.does('cp /var/tmp/relay.toml /etc/dane-relay/ && systemctl restart dane-relay');
    await hand.eventually('mailq', /while-stopped@fresh\.invalid/);
  });

  await hand.step('mail of an installation with a user that comes and goes is found', async () => {
    await hand.does('systemctl stop dane-relay');
    await hand.does(
      'cd /var/lib && mkdir -m 700 -p private && mv dane-relay private/ && ln -s private/dane-relay dane-relay && chown -R 61234:61234 private/dane-relay',
    );
    await hand.does(apt(`reinstall ${relay.join(' ')}`));
    await hand.eventually('mailq', /while-stopped@fresh\.invalid/);
    await hand.does('test ! -L /var/lib/dane-relay && test ! -e /var/lib/private/dane-relay');
  });

  await hand.step('systemd opens the listener, if the administrator wants it', async () => {
    await hand.does('systemctl stop dane-relay && systemctl enable --now dane-relay.socket');
    await hand.does('systemctl is-active dane-relay', /^inactive$/m, 3);
    // The client waits until it runs.
    await submit();
    await hand.does('systemctl is-active dane-relay', /^active$/m);
  });

  await hand.step(
    'removed and installed again, the mail is there; purged, nothing is, and nothing runs',
    async () => {
      await hand.does(apt('remove dane-relay'), /the queue stays/);
      await hand.does('test ! -e /usr/sbin/sendmail && ! pgrep -u dane-relay');
      await hand.does('ls /var/lib/dane-relay/redis && ! systemctl is-active dane-relay.socket');
      await hand.does(install(...relay));
      await hand.does('systemctl is-active dane-relay dane-relay.socket', /^active\nactive$/m);
      await hand.eventually('dane-relay queue list', /while-stopped@fresh\.invalid/);
      await hand.does(apt('purge dane-relay dane-relay-mta'));
      await hand.does('! pgrep -u dane-relay && ! systemctl cat dane-relay');
      await hand.does(
        'find / -xdev -name "*dane-relay*" ! -path "/var/tmp/*" ! -path "/var/cache/*" ! -path "/usr/lib/dane-relay*" ! -path "*dane-relay-node*"',
        /^(?:\/etc\/dane-relay\n)?$/,
      );
      await hand.does('ls -A /etc/dane-relay', /^transport$/m);
    },
  );
}
