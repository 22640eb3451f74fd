import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { receiptKeyFile, receiptLimits } from '../config/receipt-limits.ts';
import { messageOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import type { History } from '../core/mail/history.ts';
import { oneLine } from '../core/mail/printable.ts';
import type { Concluded } from '../delivery/concluded.ts';
import { decidedBy, receiptsOf } from '../delivery/receipts.ts';
import { readReceiptKey, ReceiptKeyError } from '../receipts/key-file.ts';
import type { ReceiptKey } from '../receipts/sign-receipt.ts';
import type { Meters } from '../status/meters.ts';
import { noReceiptKey, receiptsMissing, receiptsSigned } from './receipt-lines.ts';

/** What this relay states, and signs, of mail that is done. */
export interface Receipts {
  /** There is a key. */
  readonly isUsed: boolean;
  /** Receipts of an attempt, where its message gets any. Never rejects: mail does not wait for a receipt. */
  readonly of: (concluded: Concluded) => Promise<History['receipts']>;
}

interface Means {
  readonly config: Pick<Config, 'receipts'>;
  readonly dataDir: string;
  readonly hostname: string;
  readonly meters: Pick<Meters, 'receipts'>;
  readonly log: Log;
}

/** Octets of the receipts of one attempt: they are stored in one step. */
const MOST_OCTETS = 512 * 1024;

/** Reads the key. One that cannot be read keeps no mail: the log says that there are no receipts, and why. */
export async function openReceipts({ config, dataDir, hostname, meters, log }: Means): Promise<Receipts> {
  const key = await readKey(config, dataDir);
  const limits = receiptLimits(config);
  const isForAll = config.receipts.for === 'all' && 'id' in key;
  if ('missing' in key && (key.isFault || config.receipts.for === 'all')) log(noReceiptKey(key.missing));

  async function make(concluded: Concluded): Promise<History['receipts']> {
    const { queueId } = concluded.message;
    const decided = decidedBy(concluded);
    if (decided.length === 0) return undefined;
    if ('missing' in key) {
      meters.receipts('no key', decided.length);
      log(receiptsMissing(queueId, decided.length, key.missing));
      return undefined;
    }
    const texts: (readonly [index: number, text: string])[] = [];
    let octets = 0;
    for (const [place, { index, receipt }] of receiptsOf(concluded, decided, hostname).entries()) {
      if (place > 0) await nextTurn();
      const text = await key.sign(receipt);
      octets += text?.length ?? 0;
      if (octets > MOST_OCTETS) break;
      if (text !== undefined) texts.push([index, text]);
    }
    const missing = decided.length - texts.length;
    meters.receipts('signed', texts.length);
    meters.receipts('left out', missing);
    if (texts.length > 0) log(receiptsSigned(queueId, texts.length, key.id));
    if (missing > 0) log(receiptsMissing(queueId, missing, 'there is no room for them'));
    return texts.length === 0 ? undefined : { texts, limits };
  }

  return {
    isUsed: 'id' in key,
    async of(concluded) {
      const { queueId, wantsReceipt } = concluded.message;
      if (wantsReceipt !== true && !isForAll) return undefined;
      try {
        return await make(concluded);
      } catch (error) {
        const count = concluded.attempts.length;
        meters.receipts('failed', count);
        log(receiptsMissing(queueId, count, messageOf(error)));
        return undefined;
      }
    },
  };
}

/** Why there is no key. */
interface NoKey {
  readonly missing: string;
  /** The settings name one, or there is a file. */
  readonly isFault: boolean;
}

async function readKey(config: Means['config'], dataDir: string): Promise<ReceiptKey | NoKey> {
  const isNamed = config.receipts.keyFile !== '';
  const file = receiptKeyFile(config, dataDir);
  try {
    const key = await readReceiptKey(file);
    return key ?? { missing: isNamed ? `there is no file ${file}` : noKey, isFault: isNamed };
  } catch (error) {
    if (!(error instanceof ReceiptKeyError)) throw error;
    return { missing: oneLine(error.message), isFault: true };
  }
}

const noKey = 'there is no key (receipts.key_file)';
