import { createReadStream } from 'node:fs';
import { has, valueOf, valuesOf, type Command } from '../cli/arguments.ts';
import type { receiptCommands } from '../cli/families/receipt.ts';
import { InputError } from '../cli/input-error.ts';
import { showReceipts, verifyReceipts } from '../cli/receipt-commands.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { receiptKeyFile } from '../config/receipt-limits.ts';
import { messageOf } from '../core/error-words.ts';
import { makeReceiptKey, publicKeyIn, ReceiptKeyError } from '../receipts/key-file.ts';
import { readPublicKey } from '../receipts/verify-receipt.ts';
import { EX_DATAERR, EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof receiptCommands, Runner>> = {
  'receipt show'(command, here) {
    const queueId = oneOperand(command);
    const recipients = valuesOf(command, 'recipient');
    const shown = { queueId, recipients, json: has(command, 'json'), print: here.print };
    return onQueue(command, here, (queue) => showReceipts(queue, shown));
  },
  async 'receipt verify'(command, { print, warn }) {
    const file = oneOperand(command);
    const keyFile = valueOf(command, 'key');
    if (keyFile === undefined) throw new UsageError(`receipt verify needs --key FILE.${hint(command.name)}`);
    const keyText = await beginningOfFile(keyFile);
    let key: ReturnType<typeof readPublicKey>;
    try {
      key = readPublicKey(keyText);
    } catch (error) {
      throw new InputError(`${keyFile} has no public key of Ed25519: ${messageOf(error)}`, { cause: error });
    }
    const shown = { key, json: has(command, 'json'), print, warn };
    const isWell = await reading(file, () => verifyReceipts(inputOf(file), shown));
    return isWell ? EX_OK : EX_DATAERR;
  },
  async 'receipt key'(command, { environment, print, warn }) {
    const config = configOf(command.settings, environment);
    const file = receiptKeyFile(config, dataDirectory(config.dataDir, environment));
    try {
      if ((await publicKeyIn(file)) === undefined) {
        await makeReceiptKey(file);
        warn(`made ${file}`);
      }
      print(((await publicKeyIn(file)) ?? '').trimEnd());
      return EX_OK;
    } catch (error) {
      if (!(error instanceof ReceiptKeyError)) throw error;
      warn(error.message);
      return EX_TEMPFAIL;
    }
  },
};

function oneOperand({ name, operands }: Command): string {
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0)
    throw new UsageError(`${name} takes one operand.${hint(name)}`);
  return operand;
}

/** Characters of a key; more is none. */
const LONGEST_KEY = 64 * 1024;

/** As much of a file as a key may have. Throws InputError. */
function beginningOfFile(file: string): Promise<string> {
  return reading(file, async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(file, { end: LONGEST_KEY })) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
}

function inputOf(file: string): AsyncIterable<Buffer> {
  return file === '-' ? process.stdin : createReadStream(file);
}

/** Throws InputError if the file cannot be read. */
async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new InputError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
