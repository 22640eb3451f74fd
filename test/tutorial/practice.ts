import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLab, type Lab } from '../lab/lab.ts';
import { removeDataDir } from '../support/running-relay.ts';
import { practiceWorld } from './practice-world.ts';

/** A small world for a person at a shell: what `npm run practice` gives, and the test of the tutorial. */
export interface Practice extends AsyncDisposable {
  readonly lab: Lab;
  /** Where the shell begins. It has the settings file, and is gone afterwards. */
  readonly directory: string;
  /** Of the shell: `dane-relay` is in its search path, and finds the settings. */
  readonly env: NodeJS.ProcessEnv;
}

/** How long a relay that was left running has to stop. */
const patienceMs = 25_000;

/** `port`: where the relay is to listen. */
export async function openPractice(executable: string, port: number): Promise<Practice> {
  const lab = await startLab(await practiceWorld());
  try {
    const directory = join(lab.directory, 'practice');
    const dataDir = join(directory, 'data');
    const settings = join(directory, 'relay.toml');
    const programs = join(directory, 'bin');
    await mkdir(programs, { recursive: true });
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(settings, settingsText(lab, dataDir, port));
    const command = join(programs, 'dane-relay');
    await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${executable}" "$@"\n`);
    await chmod(command, 0o755);
    const others = Object.entries(process.env).filter(([name]) => !/^(?:DANE_RELAY_|npm_)/.test(name));
    return {
      lab,
      directory,
      env: {
        ...Object.fromEntries(others),
        PATH: [programs, process.env['PATH'] ?? ''].join(delimiter),
        DANE_RELAY_CONFIG: settings,
      },
      async [Symbol.asyncDispose]() {
        await endRelays(settings);
        await removeDataDir(dataDir);
        await lab.stop();
      },
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function settingsText(lab: Lab, dataDir: string, port: number): string {
  return `# Of the practice world. A relay of your own needs none of these lines.
hostname = "relay.test"
data_dir = "${dataDir}"
listen = ["127.0.0.1:${port}"]

# Mail hosts of this world are not at port 25, where only root could put them.
[delivery]
port = ${lab.port}

# Its root zone has a key of its own.
[dns]
forwarders = ["${lab.dnsServer}"]
trust_anchor = "${lab.trustAnchor}"
`;
}

/** Whoever leaves the shell need not have stopped the relay: those with these settings are told to, and waited for. */
async function endRelays(settings: string): Promise<void> {
  const until = Date.now() + patienceMs;
  for (let signal: NodeJS.Signals | 0 = 'SIGTERM'; ; signal = 0) {
    const pids = await withSettings(settings);
    if (pids.length === 0) return;
    const last = Date.now() > until;
    for (const pid of pids) tell(pid, last ? 'SIGKILL' : signal);
    if (last) return;
    await sleep(50);
  }
}

async function withSettings(settings: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`DANE_RELAY_CONFIG=${settings}`)) found.push(Number(name));
  }
  return found;
}

function tell(pid: number, signal: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
