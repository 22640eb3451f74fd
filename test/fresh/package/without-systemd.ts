import { existsSync } from 'node:fs';
import type { Hand } from '../hand.ts';
import type { Machine } from '../machine.ts';
import { filesOf } from './files.ts';
import { apt, as, install, packages } from './apt.ts';

/** What is in a machine of which a package is gone: nothing of it, and everything else as it was. */
export async function withoutSystemd(machine: Machine, hand: Hand, needsOwnNode: boolean): Promise<void> {
  const node = needsOwnNode ? [`${packages}/dane-relay-node_*.deb`] : [];
  const current = [`${packages}/dane-relay_*.deb`, `${packages}/dane-relay-mta_*.deb`, ...node];
  const previous = [
    `${packages}/previous/dane-relay_*.deb`,
    `${packages}/previous/dane-relay-mta_*.deb`,
    ...node,
  ];

  await hand.step('what the packages need of Debian', async () => {
    const wanted = [
      'adduser',
      'redis-server',
      'unbound',
      'dns-root-data',
      'ca-certificates',
      'bash-completion',
    ];
    await hand.does(install(...wanted, ...(needsOwnNode ? [] : ['nodejs'])));
  });
  const before = await filesOf(hand);

  await hand.step('installed where systemd does not run, without a word of complaint', async () => {
    await hand.does(install(...previous), /^(?![^]*(?:[Ww]arning:|[Ee]rror:|[Ff]ailed))/);
    await hand.does('dane-relay --version && dane-relay check-config', /dane-relay\.toml|relay\.toml/);
    await hand.does(
      'bash -c "source /usr/share/bash-completion/completions/dane-relay && complete -p dane-relay"',
    );
    await hand.does('test "$(stat -c "%U %a" /etc/default/dane-relay)" = "root 600"');
    await hand.does(
      'stat -c "%U %G %a" /var/lib/dane-relay /var/log/dane-relay /var/spool/dane-relay/maildrop',
      /^dane-relay dane-relay 700\ndane-relay dane-relay 750\ndane-relay dane-relay 3733\n$/,
    );
  });

  await hand.step('the relay runs by hand, and takes a message of a program', async () => {
    const environment = 'HOME=/ XDG_STATE_HOME=/var/lib DANE_RELAY_SPOOL_DIR=/var/spool/dane-relay';
    await hand.does(
      `cd /; ${as('dane-relay')} env ${environment} dane-relay run >/var/tmp/relay.log 2>&1 </dev/null & echo $! >/var/tmp/relay.pid`,
    );
    await hand.eventually('grep -w ready /var/tmp/relay.log || { cat /var/tmp/relay.log; false; }');
    await hand.does(`echo text | ${as('nobody')} /usr/sbin/sendmail somebody@fresh.invalid`);
    await hand.does('mailq', /somebody@fresh\.invalid/);
    await hand.does('kill "$(cat /var/tmp/relay.pid)"');
    await hand.eventually('test ! -e "/proc/$(cat /var/tmp/relay.pid)"');
    await hand.does('grep stopped /var/tmp/relay.log');
  });

  await hand.step('an upgrade asks nothing and keeps what there is', async () => {
    await hand.does(`echo '# mine' >>/etc/dane-relay/relay.toml`);
    await hand.does(install(...current), /^(?![^]*(?:[Ww]arning:|[Ee]rror:|[Ff]ailed))/);
    await hand.does('tail -n 1 /etc/dane-relay/relay.toml', /^# mine$/m);
    await hand.does('dane-relay queue list', /somebody@fresh\.invalid/);
  });

  await hand.step('removed, settings and queue are there', async () => {
    await hand.does(apt('remove dane-relay dane-relay-mta'), /the queue stays in \/var\/lib\/dane-relay/);
    await hand.does(
      'test ! -e /usr/bin/dane-relay && test ! -e /usr/sbin/sendmail && test ! -e /usr/bin/mailq',
    );
    await hand.does('test -s /etc/dane-relay/relay.toml && ls /var/lib/dane-relay/redis');
  });

  await hand.step('installed again, the mail is there; purged, nothing is', async () => {
    await hand.does(install(...current));
    await hand.does('dane-relay queue list', /somebody@fresh\.invalid/);
    const itsNode = "$(dpkg-query -f '${Package} ' -W 'dane-relay-node*' 2>/dev/null)";
    await hand.does(`${apt('purge dane-relay dane-relay-mta')} && ${apt(`purge ${itsNode}`)}`);
    const after = await filesOf(hand);
    const left = after.filter((line) => !before.includes(line));
    const gone = before.filter((line) => !after.includes(line));
    if (left.length + gone.length > 0)
      throw new Error(['left or changed:', ...left, 'gone or as they were:', ...gone].join('\n  '));
    if (existsSync(machine.path('/var/lib/dane-relay'))) throw new Error('there is a queue');
  });
}
