import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Stop } from './stop.mjs';

const unit = 'dane-relay.service';
const socketUnit = 'dane-relay.socket';
const sayEveryMs = 30_000;

export function systemdRuns() {
  return existsSync('/run/systemd/system');
}

/** Its version; 0 where it cannot be asked. */
export function systemdVersion() {
  return Number(/^systemd (\d+)/.exec(systemctl('--version').stdout ?? '')?.[1] ?? 0);
}

/** Packages and build, as for `npm start`. */
export async function prepare() {
  const script = fileURLToPath(new URL('prepare.mjs', import.meta.url));
  const code = await ended(spawn(process.execPath, [script, 'run'], { stdio: 'inherit' }));
  if (code !== 0) throw new Stop(code ?? 75, 'nothing was installed');
}

/** Throws Stop when the new program does not like the settings that are there. */
export function settingsAreGood(copy, settings) {
  if (!existsSync(settings)) return;
  const command = [join(copy, 'dist/main.js'), 'check-config', '--config', settings];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 78) return;
  // What systemd hands over is there only while the service runs, and it need not run to be upgraded.
  const isWrong = (line) => line !== '' && !/: warning: |\/run\/credentials\//.test(line);
  if (stderr.split('\n').some(isWrong))
    throw new Stop(78, `${stderr.trim()}\n\nNothing was installed or changed.`);
}

export function reloadUnits() {
  systemctl('daemon-reload');
}

export function disable() {
  systemctl('disable', '--now', socketUnit);
  systemctl('disable', '--now', unit);
}

export function isRunning() {
  return systemctl('is-active', unit).stdout.trim() === 'active';
}

/** Enables it and starts it anew; resolves when it takes mail. Throws Stop with the end of its log when it does not. */
export async function start(say, { socket }) {
  systemctl('enable', unit);
  systemctl('reset-failed', unit, ...(socket ? [socketUnit] : []));
  if (socket) openSockets();
  say('starting ...');
  const patience = setInterval(() => say('still starting ...'), sayEveryMs);
  // A Redis with a large queue needs a while to load it.
  const code = await ended(spawn('systemctl', ['restart', unit], { stdio: 'ignore' }));
  clearInterval(patience);
  if (code === 0) return;
  const { stdout } = spawnSync('journalctl', ['-u', unit, '-n', '40', '--no-pager', '-o', 'cat'], {
    encoding: 'utf8',
  });
  throw new Stop(75, `dane-relay does not start. The end of its log:\n\n${stdout.trimEnd()}`);
}

/** The first time the relay has to let go of its addresses. Later it may go on, or it would refuse clients for a moment. */
function openSockets() {
  systemctl('enable', socketUnit);
  if (systemctl('is-active', socketUnit).stdout.trim() === 'active') return;
  systemctl('stop', unit);
  const { status } = systemctl('start', socketUnit);
  if (status === 0) return;
  const { stdout } = systemctl('status', '--no-pager', '-l', socketUnit);
  throw new Stop(75, `${socketUnit} does not start:\n\n${stdout.trimEnd()}`);
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', resolve));
}

function systemctl(...args) {
  return spawnSync('systemctl', args, { encoding: 'utf8' });
}
