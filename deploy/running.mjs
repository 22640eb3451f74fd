import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stop } from './stop.mjs';

const unit = 'dane-relay.service';
/** A Redis with a large queue needs a while to load it. */
const patienceMs = 600_000;
const lookEveryMs = 250;
const sayEveryMs = 30_000;

export function systemdRuns() {
  return existsSync('/run/systemd/system');
}

/** Packages and build, as for `npm start`. */
export async function prepare() {
  const script = fileURLToPath(new URL('prepare.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, 'run'], { stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Stop(code ?? 75, 'nothing was installed');
}

/** Throws Stop when the new program does not like the settings that are there. */
export function settingsAreGood(copy, settings) {
  if (!existsSync(settings)) return;
  const command = [join(copy, 'dist/main.js'), 'check-config', '--config', settings];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status === 78) throw new Stop(78, `${stderr.trim()}\n\nNothing was installed or changed.`);
}

export function reloadUnits() {
  systemctl('daemon-reload');
}

export function disable() {
  systemctl('disable', '--now', unit);
}

export function isRunning() {
  return state() === 'active';
}

/** Enables it and starts it anew; resolves when it answers. Throws Stop with the end of its log when it does not. */
export async function start({ command }, say) {
  systemctl('enable', unit);
  systemctl('reset-failed', unit);
  say('starting ...');
  const restart = systemctl('restart', unit);
  const startedAt = Date.now();
  let saidAt = startedAt;
  while (restart.status === 0 && Date.now() - startedAt < patienceMs) {
    const now = state();
    if (now === 'active' && answers(command)) return;
    // Between two starts: whatever it was, it was fatal.
    if (now === 'failed' || now === 'inactive' || wasRestarted()) break;
    if (Date.now() - saidAt > sayEveryMs) {
      saidAt = Date.now();
      say('still starting ...');
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const { stdout } = spawnSync('journalctl', ['-u', unit, '-n', '40', '--no-pager', '-o', 'cat'], {
    encoding: 'utf8',
  });
  throw new Stop(75, `dane-relay does not start. The end of its log:\n\n${stdout.trimEnd()}`);
}

function state() {
  return systemctl('is-active', unit).stdout.trim();
}

function wasRestarted() {
  return systemctl('show', '-p', 'NRestarts', '--value', unit).stdout.trim() !== '0';
}

/** Whether the relay has started, and is well or not. */
function answers(command) {
  const { stdout } = spawnSync(command, ['health', '--json'], { encoding: 'utf8' });
  return /"status":"(?:ok|trouble)"/.test(stdout ?? '') && !stdout.includes('"start":');
}

function systemctl(...args) {
  return spawnSync('systemctl', args, { encoding: 'utf8' });
}
