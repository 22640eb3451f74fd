import { setTimeout as sleep } from 'node:timers/promises';
import { bootSystemd } from './boot-systemd.ts';
import { commands, type CommandName } from './commands.ts';
import { leftovers, tmpfilesPaths } from './leftovers.ts';
import { homeOf, type Machine } from './machine.ts';
import { bundle } from './repository-layer.ts';
import type { Ended } from './shell.ts';

type Say = (text: string) => void;

const EX_TEMPFAIL = 75;
/** Of a command that failed, this many of its last lines are repeated where the faults are listed. */
const repeatedLines = 12;
/** What ends by itself once its parent has ended has this long for it. */
const patienceMs = 3_000;

export async function clone(machine: Machine, user: string): Promise<void> {
  const { code, output } = await machine.run(
    user,
    `git -c advice.detachedHead=false clone -q ${bundle} dane-relay`,
  );
  if (code !== 0) throw new Error(`cannot clone: ${output}`);
}

/** Runs a command of the README as this user would; resolves to what was wrong with it, empty when nothing was. */
export async function play(machine: Machine, user: string, name: CommandName, say: Say): Promise<string[]> {
  const { line, played = line, proof, timeoutMs, needsSystemd, leaves } = commands[name];
  const home = homeOf(user);
  if (needsSystemd === true) await bootSystemd(machine);
  const before = { files: await machine.files(), processes: new Set(machine.processes()) };
  const inClone = (who: string, what: string): Promise<Ended> =>
    machine.run(who, `cd ${home}/dane-relay && ${what}`, { onText: say, timeoutMs });

  const wrong: string[] = [];
  let ended = await inClone(user, played);
  if (user !== 'root' && ended.code === EX_TEMPFAIL) {
    // Whoever cannot install packages is told what to have root do, and does so.
    const asked = /^ +sudo (.+)$/m.exec(ended.output)?.[1];
    if (asked === undefined) return [`ended with ${EX_TEMPFAIL} and says no "sudo" line to copy`];
    say(`\n# ${asked}\n`);
    const prepared = await inClone('root', asked);
    if (prepared.code !== 0) return [`what it says to do as root ended with ${prepared.code}`];
    ended = await inClone(user, played);
  }
  // What a command that failed has left behind is no fault of its own, and would hide why it failed.
  if (ended.code !== 0) return [`ended with ${ended.code}, after it said:`, ...lastLines(ended.output)];
  if (!proof.test(ended.output)) wrong.push(`did not say ${proof}`);

  const left = await stillRunning(machine, before.processes);
  wrong.push(...left.map((process) => `process left: ${process}`));
  const ofPackages = tmpfilesPaths(await machine.tmpfiles());
  const places = { clone: `${home}/dane-relay`, home, allowed: leaves(user), ofPackages };
  wrong.push(...leftovers(before.files, await machine.files(), places).map((path) => `file left: ${path}`));
  const { output: changed } = await machine.run(user, 'git -C dane-relay status --porcelain');
  if (changed !== '') wrong.push(`the clone is changed: ${changed.trim()}`);
  return wrong;
}

function lastLines(output: string): readonly string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-repeatedLines);
}

/** Those that were not there before, and are no part of systemd. */
async function stillRunning(machine: Machine, before: ReadonlySet<string>): Promise<readonly string[]> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const left = machine.processes().filter((line) => !before.has(line) && !/^\S*systemd/.test(line));
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(100);
  }
}
