import { access, constants, lstat, mkdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { has, valueOf, type Command } from '../cli/arguments.ts';
import type { initCommands } from '../cli/families/init.ts';
import { CannotCreateError, openNewFile } from '../cli/files/new-file.ts';
import { itemsOf, yesOrNo, type Answers, type MachineFacts, type QuestionName } from '../cli/init/answers.ts';
import { openDialogue, type Dialogue } from '../cli/init/dialogue.ts';
import { putQuestions } from '../cli/init/put-questions.ts';
import type { Given } from '../cli/init/questions.ts';
import { settingsText, wrapped } from '../cli/init/settings-text.ts';
import { nextSteps, recordLines } from '../cli/init/what-follows.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { fileTrouble } from '../config/operator-file.ts';
import { loadConfig } from '../config/load.ts';
import { placeOfSettings } from '../config/settings-file.ts';
import type { CheckName } from '../core/doctor/finding.ts';
import { findingLines, summaryLine } from '../core/doctor/report.ts';
import { examine, Interrupted } from '../daemon/doctor/examine.ts';
import { outgoingAddresses } from '../daemon/doctor/outgoing-addresses.ts';
import { isFullName, ownName } from '../daemon/own-name.ts';
import { EX_OK } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';
import { version } from './version.ts';

/** Nothing was written. */
class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
  readonly code = 'GIVEN_UP';
}

export const runners: Readonly<Record<keyof typeof initCommands, Runner>> = {
  async init(command, here) {
    const { environment, print } = here;
    const { stdin, stderr } = process;
    const isAsked = !has(command, 'yes');
    if (isAsked && !(stdin.isTTY && stderr.isTTY))
      throw new UsageError(
        `"init" asks at a terminal, and this is none: --yes takes the default of every question.${hint('init')}`,
      );
    const dialogue = isAsked ? openDialogue(stdin, stderr) : undefined;
    const stopping = untilInterrupted();
    const place = await chooseFile(command, here, dialogue);
    const facts = await machineFacts(here);
    const places = {
      day: new Date().toISOString().slice(0, 10),
      dataDir: dataDirectory(loadConfig({ env: environment.env, sets: [] }).dataDir, environment),
      usersFile: join(dirname(place.file), 'users'),
    };
    const intro = isAsked
      ? ' Enter takes what is in brackets; "none" leaves it empty; ^C ends it, and nothing is written.'
      : '';
    for (const line of wrapped(
      `This asks what the relay needs to know, and writes ${place.file}.${intro}`,
      79,
    ))
      print(line);

    const look = async (
      only: readonly CheckName[],
      given: Given,
      domains: readonly string[],
    ): Promise<void> => {
      const { hostname = '', address = '' } = given;
      const config = loadConfig({
        env: environment.env,
        sets: hostname === '' ? [] : [`hostname=${hostname}`],
      });
      const wishes = { domains, senders: [], addresses: address === '' ? [] : [address] };
      const subject = { config, environment, settingsFile: undefined, version: version(), only, wishes };
      await examine(subject, tellOf(here), stopping);
    };
    const answered = async (name: QuestionName, given: Given): Promise<void> => {
      if (stopping.aborted) throw new GivenUpError('given up: nothing was written');
      // Where nobody is asked, the doctor says it all at the end.
      if (dialogue === undefined) return;
      if (name === 'address') await look(['name'], given, []);
      if (name === 'probe' && given.probe) await look(['outbound'], given, [given.probe]);
    };
    const answers = await putQuestions({ facts, show: print, answered, ...(dialogue && { dialogue }) });
    if (answers === undefined || !(await isConfirmed(place.file, dialogue)) || stopping.aborted)
      throw new GivenUpError('given up: nothing was written');

    const text = settingsText(answers, facts, places);
    // What the relay would not start with is not written.
    loadConfig({ file: { name: place.file, text }, env: environment.env, sets: [] });
    await write(place.file, text);
    tellWhatFollows(answers, { ...place, usersFile: places.usersFile }, here);
    await runDoctor(answers, place.file, here, stopping);
    return EX_OK;
  },
};

interface Place {
  readonly file: string;
  /** Commands find it without its name. */
  readonly isFound: boolean;
  /** The file that commands find, which stays until somebody puts this one in its place. */
  readonly insteadOf?: string;
}

/** Where the file goes, which takes nobody's place. Throws CannotCreateError. */
async function chooseFile(
  command: Command,
  { environment, print }: Here,
  dialogue: Dialogue | undefined,
): Promise<Place> {
  const usual = resolve(placeOfSettings(environment));
  const wanted = resolve(valueOf(command, 'output') ?? usual);
  const isThere = await exists(wanted);
  const file = isThere ? `${wanted}.new` : wanted;
  if (isThere && (await exists(file)))
    throw new CannotCreateError(`${wanted} and ${file} are there already: nothing is written over`);
  await assertWritable(dirname(file));
  if (isThere) {
    for (const line of wrapped(`${wanted} is there and stays as it is: the new settings go to ${file}.`, 79))
      print(line);
    if (!(await isConfirmed(file, dialogue, 'Go on')))
      throw new GivenUpError('given up: nothing was written');
  }
  return { file, isFound: file === usual, ...(isThere && wanted === usual && { insteadOf: usual }) };
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}

/** It is found out before anything is asked. Throws CannotCreateError. */
async function assertWritable(directory: string): Promise<void> {
  let nearest = directory;
  while (!(await exists(nearest)) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  await access(nearest, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw new CannotCreateError(`nothing can be written to ${nearest}: ${fileTrouble(error)}`, {
      cause: error,
    });
  });
}

async function isConfirmed(
  file: string,
  dialogue: Dialogue | undefined,
  what = `Write ${file}`,
): Promise<boolean> {
  if (dialogue === undefined) return true;
  for (;;) {
    const typed = await dialogue.ask(`${what}? [yes]: `);
    if (typed === undefined) return false;
    const word = typed.trim() === '' ? 'yes' : yesOrNo(typed.trim());
    if (word !== undefined) return word === 'yes';
  }
}

async function machineFacts({ environment }: Here): Promise<MachineFacts> {
  const config = loadConfig({ env: environment.env, sets: [] });
  const wishes = { domains: [], senders: [], addresses: [] };
  const hostname = (await ownName(config.hostname)).toLowerCase();
  const [publicAddress = ''] = await outgoingAddresses({ config, wishes });
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const ownAddress = all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '';
  return {
    hostname: isFullName(hostname) ? hostname : '',
    publicAddress,
    ownAddress,
    addresses: all.map(({ address }) => address),
  };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // The user that the relay runs as must be able to read it, and there is no secret in it.
  const file = await openNewFile(path, 0o644);
  try {
    await file.write(text);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function tellWhatFollows(
  answers: Answers,
  place: Place & { readonly usersFile: string },
  { print }: Here,
): void {
  print('');
  print(`${place.file} is written. What comes next:`);
  for (const step of nextSteps(answers, place)) print(`  ${step}`);
  const records = recordLines(answers);
  if (records.length > 0) {
    print('');
    print('DNS records to publish:');
    for (const line of records) print(line.startsWith(';') ? wrapped(line, 79).join('\n; ') : line);
  }
  print('');
}

async function runDoctor(answers: Answers, file: string, here: Here, stopping: AbortSignal): Promise<void> {
  const { environment, print } = here;
  const { address, domains, probe } = answers;
  print('dane-relay doctor:');
  const subject = {
    config: configOf({ configFile: file, sets: [] }, environment),
    environment,
    settingsFile: file,
    version: version(),
    only: [],
    wishes: {
      domains: probe === '' ? [] : [probe],
      senders: itemsOf(domains),
      addresses: address === '' ? [] : [address],
    },
  };
  try {
    const { findings } = await examine(subject, tellOf(here), stopping);
    print(summaryLine(findings));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    print(`interrupted; ${file} is written`);
  }
}

function tellOf({ print, environment: { env } }: Here): Parameters<typeof examine>[1] {
  const isColoured = process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return (found) => {
    for (const line of found.flatMap((one) => findingLines(one, isColoured))) print(line);
  };
}
