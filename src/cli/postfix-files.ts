import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { dumpPostfixTable } from '../children/postmap.ts';
import { fileTrouble, readOperatorText, type FileText } from '../config/operator-file.ts';
import type { PostfixFiles } from '../core/from-postfix/import.ts';
import type { ImportPorts } from '../core/postfix/ports.ts';
import { NoInputError } from './import-errors.ts';

/** The files of the Postfix that an operand names: a directory, or a main.cf. Throws NoInputError. */
export function readPostfixFiles(operand: string): PostfixFiles {
  const path = resolve(operand);
  const mainFile = isDirectory(path) ? join(path, 'main.cf') : path;
  const main = readText(mainFile);
  if ('problem' in main) throw new NoInputError(`${mainFile}: ${main.problem}`);
  const directory = dirname(mainFile);
  const files = { main: { file: mainFile, text: main.text }, directory };
  if (basename(mainFile) === 'master.cf')
    throw new NoInputError(`${mainFile}: name the main.cf beside it, or the directory`);
  const masterFile = join(directory, 'master.cf');
  const master = readText(masterFile);
  return 'text' in master ? { ...files, master: { file: masterFile, text: master.text } } : files;
}

/** What the import asks of this machine. */
export const postfixPorts: ImportPorts = { readFile: readText, dumpTable: dumpPostfixTable };

/** Old files may have comments in Latin-1. */
function readText(path: string): FileText {
  const text = readOperatorText(path);
  return 'text' in text ? text : readOperatorText(path, 'octets');
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new NoInputError(`${path}: ${fileTrouble(error)}`, { cause: error });
  }
}
