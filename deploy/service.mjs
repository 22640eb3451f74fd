#!/usr/bin/env node
/**
 * Puts the relay of this checkout in place as a service of systemd, or takes it away again. As root:
 *
 *     node deploy/service.mjs install|upgrade|uninstall [--prefix DIR] [--sendmail] [--socket]
 *
 * The service runs a copy, in PREFIX/lib/dane-relay (/usr/local unless said otherwise), so that a checkout may lie anywhere,
 * and be changed or built while the relay runs. With --sendmail it becomes the sendmail of this machine, and stays it. With
 * --socket systemd opens the listeners, now and after each upgrade. Each step is one that may be repeated. Exit status: 64
 * usage, 75 it cannot be done now, 77 not root, 78 the settings are wrong.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installedPlaces, refuseReadOnly } from './places.mjs';
import {
  copyProgram,
  forget,
  manualPaths,
  nodeForEverybody,
  removeLogrotate,
  replaceProgram,
  stepBack,
  writeCommand,
  writeCompletion,
  writeLogrotate,
  writeManuals,
  writeSettings,
  writeSocketUnit,
  writeUnit,
} from './program.mjs';
import {
  disable,
  isRunning,
  prepare,
  reloadUnits,
  settingsAreGood,
  start,
  systemdRuns,
  systemdVersion,
} from './running.mjs';
import { installSendmail, isSendmail, sendmailState, uninstallSendmail } from './sendmail.mjs';
import { Stop } from './stop.mjs';

const usage =
  'Usage: node deploy/service.mjs install|upgrade|uninstall [--prefix DIR] [--sendmail] [--socket]';
const say = (text) => console.log(`service: ${text}`);

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\nservice: ${error.message}`);
  process.exitCode = error.exitCode;
}

async function main(args) {
  const { verb, prefix, sendmail, socket } = read(args);
  if (process.getuid?.() !== 0) {
    throw new Stop(
      77,
      `Only root can do this:\n\n  sudo ${process.execPath} ${process.argv[1]} ${args.join(' ')}`,
    );
  }
  const places = installedPlaces(prefix);
  if (verb === 'uninstall') return uninstall(places);
  const isThere = existsSync(places.program);
  if (verb === 'upgrade' && !isThere)
    throw new Stop(75, `There is nothing to upgrade in ${places.program}: node deploy/service.mjs install`);
  const wants = { sendmail: sendmail || isSendmail(), socket: socket || existsSync(places.socketUnit) };
  await install(places, { isThere, ...wants });
}

function read(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: {
        prefix: { type: 'string', default: '/usr/local' },
        sendmail: { type: 'boolean', default: false },
        socket: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [verb, ...rest] = positionals;
    if (!['install', 'upgrade', 'uninstall'].includes(verb) || rest.length > 0) throw new Error(usage);
    if (!/^\/[\w./-]*$/.test(values.prefix)) throw new Error('--prefix takes an absolute path');
    const { sendmail, socket } = values;
    return { verb, prefix: values.prefix.replace(/\/+$/, ''), sendmail, socket };
  } catch (error) {
    throw new Stop(64, `${error.message}${error.message === usage ? '' : `\n${usage}`}`);
  }
}

/** Nothing that is there is touched before what is new is complete, and has found the settings good. */
async function install(places, { isThere, sendmail, socket }) {
  refuseReadOnly(places);
  await prepare();
  const node = nodeForEverybody();
  const copy = copyProgram(places, node);
  let isNew = true;
  try {
    settingsAreGood(copy, places.settings);
    isNew = replaceProgram(places, copy);
  } finally {
    forget(copy);
  }
  say(isNew ? `the program is in ${places.program}` : `the program in ${places.program} is the same already`);
  if (node.copied) {
    say(
      `Node.js is in ${node.path}, where the service may not look: ${places.program} has a copy of it, renewed by each upgrade`,
    );
  }
  const changed = [
    writeCommand(places, node),
    writeCompletion(places, node),
    ...writeManuals(places),
    writeSettings(places.settings) && `${places.settings}, for your settings`,
    writeUnit(places, systemdVersion()),
    ...(socket ? [writeSocketUnit(places)] : []),
    writeLogrotate(places),
    ...(sendmail ? installSendmail(places, node) : []),
  ].filter(Boolean);
  for (const what of changed) say(`written: ${what}`);
  if (!systemdRuns()) {
    say('systemd does not run here, so nothing was started. By hand: dane-relay run');
    sayNext(isThere);
    return;
  }
  reloadUnits();
  if (!isNew && changed.length === 0 && isRunning()) return say('it runs already, and there is nothing new');
  try {
    await start(say, { socket });
  } catch (error) {
    if (!isThere || !isNew || !(error instanceof Stop) || !stepBack(places)) throw error;
    await start(say, { socket }).catch(() => {});
    throw new Stop(error.exitCode, `${error.message}\n\nThe program of before is in place again.`);
  }
  say('dane-relay runs, and will after a restart of this machine. Log: journalctl -u dane-relay');
  sayNext(isThere);
}

/** Whoever upgrades knows it. */
function sayNext(isThere) {
  if (!isThere) say('next: dane-relay init asks what it needs to know of this machine and its clients');
}

/** Mail that waits and settings stay: only who knows that nobody needs them can take those away. */
function uninstall(places) {
  if (systemdRuns()) disable();
  uninstallSendmail();
  const { unit, socketUnit, command, completion } = places;
  const changed = removeLogrotate(places);
  const installed = [unit, socketUnit, command, completion, ...manualPaths(places)];
  for (const path of [...installed, places.program, places.previous]) forget(path);
  if (systemdRuns()) reloadUnits();
  say('the service and its program are gone');
  const all = [
    ...places.state,
    sendmailState,
    '/etc/dane-relay',
    ...(changed === undefined ? [] : [changed]),
  ];
  const kept = all.filter((path) => existsSync(path));
  if (kept.length === 0) return;
  say('kept are the settings and whatever mail still waits. Without a way back:');
  console.log(`\n  rm -r ${kept.join(' ')}\n`);
}
