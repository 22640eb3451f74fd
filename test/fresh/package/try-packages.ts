import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { handAt } from '../hand.ts';
import { homeOf, type Machine } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { packages } from './apt.ts';
import { buildAgain } from './build-again.ts';
import { onBootedMachine } from './on-booted-machine.ts';
import { withoutSystemd } from './without-systemd.ts';

/**
 * Takes the packages that were built and looks whether they are built the same by another user in another place, whether
 * lintian has nothing to say, and whether they are installed, upgraded, removed and purged as they should, on machines without
 * and with systemd. Resolves to what was wrong.
 */
export async function tryPackages({ machine, user, bareMachine, say }: Scene): Promise<readonly string[]> {
  const built = `${homeOf(user)}/dane-relay/build/debian`;
  const wrong: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
    }
  };
  await attempt(() => buildAgain(machine, handAt(machine, user, say), built));
  if (wrong.length > 0) return wrong;
  for (const tryIt of [withoutSystemd, onBootedMachine]) {
    await attempt(async () => {
      await using bare = await bareMachine();
      hand(machine, built, bare);
      await tryIt(bare, handAt(bare, 'root', say), await needsOwnNode(bare));
    });
  }
  return wrong;
}

/** From one machine to the other. */
function hand(from: Machine, built: string, to: Machine): void {
  for (const folder of ['', 'previous']) {
    mkdirSync(to.path(`${packages}/${folder}`), { recursive: true });
    for (const name of readdirSync(from.path(`${built}/${folder}`)).filter((name) => name.endsWith('.deb')))
      copyFileSync(from.path(path.join(built, folder, name)), to.path(path.join(packages, folder, name)));
  }
}

/** Whether the Node of this Debian is too old for the relay. */
async function needsOwnNode(machine: Machine): Promise<boolean> {
  const { output } = await machine.run('root', 'apt-get -q update >/dev/null && apt-cache policy nodejs');
  const version = /Candidate: (\d+)\.(\d+)/.exec(output);
  if (version === null) throw new Error(`Debian has no nodejs: ${output}`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major < 20 || (major === 20 && minor < 19);
}
