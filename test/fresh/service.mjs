// The life of the service under a real systemd, by the commands of the README, as root in the clone. Needs nothing but
// Node. A step that does not do what is said of it ends the run with 1.
import { strict as assert } from 'node:assert';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { besideOthers } from './service/beside-others.mjs';
import {
  eventually,
  group,
  install,
  mainPid,
  says,
  settings,
  shell,
  step,
  uninstall,
  upgrade,
} from './service/kit.mjs';
import { memory } from './service/memory.mjs';
import { supervised } from './service/supervised.mjs';
import { submit } from './submit.mjs';

const program = '/usr/local/lib/dane-relay';
const completion = '/usr/local/share/bash-completion/completions/dane-relay';
const manuals = ['man8/dane-relay.8', 'man5/relay.toml.5'].map((page) => `/usr/local/share/man/${page}`);
const readme = readFileSync('README.md', 'utf8');

await step('the README has the commands', () => {
  for (const line of [install, upgrade, uninstall]) assert.ok(readme.includes(line), line);
});

await step('installed, it runs, and a second time changes nothing', () => {
  says(install, 0, /dane-relay runs[^]*next: dane-relay init asks/);
  says('systemctl is-enabled dane-relay && systemctl is-active dane-relay', 0, /^enabled\nactive$/m);
  says(install, 0, /it runs already, and there is nothing new$/m);
  says(`ps -o user= -p "$(paste -sd, ${group}/cgroup.procs)"`, 0, /^(?:(?!root)\S+\n){3,}$/);
});

await step('bash completes the command, where its package for that looks', () => {
  says(`bash -c 'source ${completion} && complete -p dane-relay'`, 0, /-F _dane_relay dane-relay/);
});

await step('man finds its pages', () => {
  for (const page of manuals) assert.match(readFileSync(page, 'utf8'), /^\.TH /m, page);
});

const first = await step('a message is taken, and commands need no option to find it', async () => {
  const queueId = await submit(2525);
  says('dane-relay queue list', 0, new RegExp(queueId));
  says('dane-relay check-config', 0, /settings from \/etc\/dane-relay\/relay\.toml/);
  // No root servers here: what it says of its resolver is an answer of the relay all the same.
  const { output } = shell('dane-relay health');
  assert.doesNotMatch(output, /no relay is running/);
  await eventually(`journalctl -u dane-relay -o cat | grep -F '${queueId}: from='`);
  return queueId;
});

await step('the journal has the lines of Postfix, each under its component and with its priority', () => {
  says(
    `journalctl -u dane-relay -o short | grep -F '${first}: from='`,
    0,
    /^\w{3} \d\d [\d:]{8} \S+ dane-relay\/qmgr\[\d+\]: \w+: from=/,
  );
  says('journalctl -u dane-relay -o cat', 0, /^ready$/m);
  says('journalctl -u dane-relay -o cat', 0, /^(?!.*^<\d>)/ms);
  says('journalctl -u dane-relay -o cat -p warning', 0, /^(?!.*^ready$)/ms);
  // There is no Internet here, and so no validating resolver: a thing that somebody should look at.
  says('journalctl -u dane-relay -o cat -p err', 0, /DNS|DNSSEC/);
});

await step('a reload leaves the process', async () => {
  const pid = mainPid();
  says('systemctl reload dane-relay', 0);
  await submit(2525);
  assert.equal(mainPid(), pid);
});

await step('killed, it comes again with what it had', async () => {
  const pid = mainPid();
  says('systemctl kill --kill-whom=main --signal=KILL dane-relay', 0);
  await eventually(
    `test "$(systemctl show -p MainPID --value dane-relay)" != ${pid} && dane-relay queue list | grep ${first}`,
  );
  assert.notEqual(mainPid(), pid);
});

await step('an upgrade replaces the program, and keeps the queue', async () => {
  const page = readFileSync('docs/operating.md');
  appendFileSync('docs/operating.md', '\n');
  const pid = mainPid();
  says(upgrade, 0, /dane-relay runs/);
  assert.notEqual(mainPid(), pid);
  says('dane-relay queue list', 0, new RegExp(first));
  writeFileSync('docs/operating.md', page);
});

await step('a program that does not start is taken back', async () => {
  const good = readFileSync('dist/main.js');
  writeFileSync('dist/main.js', "throw new Error('broken on purpose');\n");
  says(upgrade, 75, /broken on purpose[^]*The program of before is in place again/);
  writeFileSync('dist/main.js', good);
  assert.deepEqual(readFileSync(`${program}/dist/main.js`), good);
  await eventually(`dane-relay queue list | grep ${first}`);
});

await step('settings that are wrong are refused before anything is changed, and end in no loop', async () => {
  const before = readFileSync(settings);
  appendFileSync(settings, '\nnonsense = 1\n');
  says(upgrade, 78, /nonsense[^]*Nothing was installed or changed/);
  says('systemctl restart dane-relay', 1);
  says('systemctl is-failed dane-relay', 0);
  says('systemctl show -p NRestarts --value dane-relay', 0, /^0$/m);
  says('journalctl -u dane-relay -o cat -n 20', 0, /relay\.toml:\d+: tls\.nonsense/);
  writeFileSync(settings, before);
  says('systemctl restart dane-relay', 0);
  await eventually(`dane-relay queue list | grep ${first}`);
});

await step('a log file where the service may write, and one where it may not', async () => {
  const before = readFileSync(settings);
  const withLog = (file) => writeFileSync(settings, `${before}\n[log]\nfile = "${file}"\n`);
  withLog('/var/log/dane-relay/relay.log');
  says('systemctl restart dane-relay', 0);
  says("grep ': ready$' /var/log/dane-relay/relay.log && rm /var/log/dane-relay/relay.log", 0);
  withLog('/var/log/relay.log');
  says('systemctl restart dane-relay', 1);
  says('systemctl is-failed dane-relay', 0);
  says('systemctl show -p NRestarts --value dane-relay', 0, /^0$/m);
  says('journalctl -u dane-relay -o cat -n 20', 0, /log\.file/);
  writeFileSync(settings, before);
  says('systemctl restart dane-relay', 0);
});

await step('a Node that only root can reach is copied', () => {
  const home = '/root/.nvm/versions/node/v0/bin';
  mkdirSync(home, { recursive: true });
  cpSync(process.execPath, `${home}/node`);
  says(`${home}/node deploy/service.mjs install`, 0, /has a copy of it/);
  says(
    'readlink /proc/$(systemctl show -p MainPID --value dane-relay)/exe',
    0,
    new RegExp(`^${program}/bin/node$`, 'm'),
  );
  rmSync('/root/.nvm', { recursive: true });
  says(install, 0, /dane-relay runs/);
});

await step('stopped, nothing of it runs, and root may look into its queue', async () => {
  says('systemctl stop dane-relay', 0);
  says('systemctl show -p ExecMainStatus --value dane-relay', 0, /^0$/m);
  says(`cat ${group}/cgroup.procs`, 1);
  says('dane-relay queue export | wc -l', 0, /^[1-9]/);
  says('systemctl start dane-relay', 0);
  says('dane-relay queue list', 0, new RegExp(first));
  await submit(2525);
  says('systemctl stop dane-relay', 0);
  says('find /var/lib/private/dane-relay -user root', 0, /^$/);
});

await supervised(first);
await memory();
await besideOthers();

await step('removed, only settings and mail are left', () => {
  says(uninstall, 0, /kept are the settings and whatever mail still waits/);
  says(uninstall, 0);
  for (const path of [
    program,
    completion,
    ...manuals,
    '/usr/local/bin/dane-relay',
    '/etc/systemd/system/dane-relay.service',
    '/etc/logrotate.d/dane-relay',
  ])
    assert.ok(!existsSync(path), path);
  assert.ok(existsSync(settings) && existsSync('/var/lib/dane-relay/'));
});

await step(
  'where nothing can be written it says so; elsewhere it works, and has the mail of before',
  async () => {
    says('mount --bind /usr/local /usr/local && mount -o remount,bind,ro /usr/local', 0);
    says(install, 75, /Nothing can be written to \/usr\/local\/lib \(EROFS\)[^]*--prefix/);
    says(`${install} --prefix /opt`, 0, /dane-relay runs/);
    says('/opt/bin/dane-relay queue list', 0, new RegExp(first));
    says(`${uninstall} --prefix /opt`, 0);
    says('umount /usr/local', 0);
    says('cd /opt && find bin lib share -type f', 0, /^$/);
    says('cd /opt && rm -r bin lib share', 0);
  },
);

console.log('the service was installed, used, upgraded and removed');
