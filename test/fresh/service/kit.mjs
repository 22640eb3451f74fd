// What the steps of a service's life have in common. Needs nothing but Node and systemd.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

export const settings = '/etc/dane-relay/relay.toml';
export const install = 'node deploy/service.mjs install';
export const upgrade = 'node deploy/service.mjs upgrade';
export const uninstall = 'node deploy/service.mjs uninstall';
/** Where its processes are, and nobody else's. */
export const group = '/sys/fs/cgroup/system.slice/dane-relay.service';
/** For a virtual machine without hardware for it, too. */
const patienceMs = 300_000;

export async function step(what, work) {
  const startedAt = Date.now();
  console.log(`--- ${what}`);
  const result = await work();
  console.log(`    done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}

/** A step that this machine cannot take. */
export function skip(what, why) {
  console.log(`--- SKIPPED: ${what}: ${why}`);
}

export function shell(line) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

export function says(line, wanted, pattern = /^/) {
  const { status, output } = shell(line);
  if (status === wanted && pattern.test(output)) return output;
  console.log(output);
  console.log(shell('systemctl status dane-relay --no-pager -l -n 30').output);
  throw new Error(`"${line}" ended with ${status}, wanted ${wanted} and ${pattern}`);
}

/** As `says`, without holding up what else this process does. */
export async function saysLater(line, wanted, pattern = /^/) {
  const child = spawn('bash', ['-c', `${line} 2>&1`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status === wanted && pattern.test(output)) return output;
  console.log(output);
  throw new Error(`"${line}" ended with ${status}, wanted ${wanted} and ${pattern}`);
}

export async function eventually(line) {
  const until = Date.now() + patienceMs;
  while (shell(line).status !== 0) {
    if (Date.now() > until) {
      console.log(shell('systemctl status dane-relay --no-pager -l -n 30').output);
      throw new Error(`not within ${patienceMs / 1000} s: ${line}`);
    }
    await rest(200);
  }
}

export function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A property of a unit, as systemd shows it. */
export function property(name, unit = 'dane-relay') {
  return shell(`systemctl show -p ${name} --value ${unit}`).output.trim();
}

export const mainPid = () => property('MainPID');
export const restarts = () => Number(property('NRestarts'));
export const systemdVersion = () => Number(/^systemd (\d+)/.exec(shell('systemctl --version').output)[1]);

/** Settings of the unit for as long as the work takes; the service is as it was before and after. */
export async function withDropIn(text, work, unit = 'dane-relay.service') {
  const directory = `/etc/systemd/system/${unit}.d`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/test.conf`, text);
  says('systemctl daemon-reload', 0);
  try {
    return await work();
  } finally {
    rmSync(directory, { recursive: true });
    shell('systemctl daemon-reload');
  }
}

/** The file of settings, for as long as the work takes. */
export async function withSettings(text, before, work) {
  writeFileSync(settings, text);
  try {
    return await work();
  } finally {
    writeFileSync(settings, before);
  }
}
