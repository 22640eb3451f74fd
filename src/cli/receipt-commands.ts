import type { KeyObject } from 'node:crypto';
import { oneLine } from '../core/mail/printable.ts';
import { receiptLine } from '../core/receipt/summary.ts';
import type { Queue } from '../queue/open-queue.ts';
import {
  LONGEST_RECEIPT_TEXT,
  readReceiptText,
  verifyReceipt,
  type Verified,
} from '../receipts/verify-receipt.ts';
import { linesOf, type Input } from './input-lines.ts';

type Print = (line: string) => boolean;

interface Shown {
  readonly queueId: string;
  /** Only of these; empty: of all. */
  readonly recipients: readonly string[];
  readonly json: boolean;
  readonly print: Print;
}

/** `receipt show`. True if there is one. */
export async function showReceipts(
  queue: Pick<Queue, 'receipts'>,
  { queueId, recipients, json, print }: Shown,
): Promise<boolean> {
  const wanted = new Set(recipients.map((address) => address.toLowerCase()));
  let any = false;
  for (const text of await queue.receipts(queueId)) {
    const receipt = readReceiptText(text);
    if (receipt === undefined) continue;
    if (wanted.size > 0 && !wanted.has(receipt.recipient.toLowerCase())) continue;
    any = true;
    if (!print(json ? JSON.stringify({ schema: 1, jws: text, receipt }) : text)) return true;
  }
  return any;
}

interface Verifying {
  readonly key: KeyObject;
  readonly json: boolean;
  readonly print: Print;
  /** For what is wrong. */
  readonly warn: (text: string) => void;
}

/** `receipt verify`: a receipt in each line. True if there are some, and all are well. */
export async function verifyReceipts(input: Input, { key, json, print, warn }: Verifying): Promise<boolean> {
  let count = 0;
  let isWell = true;
  for await (const line of linesOf(input, LONGEST_RECEIPT_TEXT)) {
    count += 1;
    const verified = await verifyReceipt(line.trim(), key);
    isWell &&= verified.kind === 'signed' && verified.proof.kind !== 'refuted';
    if (!print(json ? jsonOf(verified) : textOf(verified))) return isWell;
  }
  if (count === 0) warn('there is no receipt in it');
  return isWell && count > 0;
}

function jsonOf({ kind, ...more }: Verified): string {
  return JSON.stringify({ schema: 1, signed: kind === 'signed', ...more });
}

function textOf(verified: Verified): string {
  return verified.kind === 'signed'
    ? receiptLine(verified.receipt, verified.proof)
    : `NO SIGNED RECEIPT: ${oneLine(verified.why)}`;
}
