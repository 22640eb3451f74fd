import { rdataText } from '../dane/record-text.ts';
import type { Answer } from '../dns/answer.ts';
import type { LookedUp } from '../dns/lookup-trail.ts';
import type { MxRecord, RecordOf, RecordType, TlsaRecord } from '../dns/record.ts';
import type { ReceiptAnswer } from './receipt.ts';

/** An answer as a receipt has it. */
export function receiptAnswer({ name, type, at, answer, recordsLeftOut }: LookedUp): ReceiptAnswer {
  const asked = { name, type, at: new Date(at).toISOString(), kind: answer.kind } as const;
  if (answer.kind === 'failed') return { ...asked, detail: `${answer.cause}: ${answer.detail}` };
  const { secure, ttl, aliases } = answer;
  const common = {
    ...asked,
    ad: secure,
    ttl,
    ...(aliases.length > 0 && { owner: answer.name, aliases }),
  };
  if (answer.kind === 'absent') return { ...common, detail: answer.denial };
  const records: readonly RecordOf[RecordType][] = answer.records;
  return {
    ...common,
    records: records.map(recordTextOf),
    ...(recordsLeftOut !== undefined && { recordsLeftOut }),
  };
}

/** The answer that it stands for; undefined if it stands for none. */
export function answerOf(receipt: ReceiptAnswer): Answer<RecordOf[RecordType]> | undefined {
  const { kind, name, type, ad, ttl, owner = name, aliases = [], records = [], detail = '' } = receipt;
  if (kind === 'failed') return { kind, cause: 'SERVFAIL', detail };
  if (ad === undefined || ttl === undefined) return undefined;
  const common = { secure: ad, ttl, name: owner, aliases };
  if (kind === 'absent') {
    const denial = detail === 'NXDOMAIN' || detail === 'empty' ? detail : 'NODATA';
    return { kind, ...common, denial };
  }
  const read = records.map((text) => readRecord(type, text));
  if (read.length === 0 || read.includes(undefined)) return undefined;
  return { kind, ...common, records: read as RecordOf[RecordType][] };
}

function recordTextOf(record: RecordOf[RecordType]): string {
  if (typeof record === 'string') return record;
  return 'exchange' in record ? `${record.preference} ${record.exchange}` : rdataText(record);
}

function readRecord(type: RecordType, text: string): RecordOf[RecordType] | undefined {
  if (type === 'TLSA') return readTlsa(text);
  return type === 'MX' ? readMx(text) : text;
}

/** `3 1 1 8a9a70…`; undefined if it is none. */
export function readTlsa(text: string): TlsaRecord | undefined {
  const match = /^(\d{1,3}) (\d{1,3}) (\d{1,3}) ((?:[\da-f]{2})*)$/.exec(text);
  if (match === null) return undefined;
  const [usage = 256, selector = 256, matching = 256] = match.slice(1, 4).map(Number);
  if (Math.max(usage, selector, matching) > 255) return undefined;
  return { usage, selector, matching, data: new Uint8Array(Buffer.from(match[4] ?? '', 'hex')) };
}

function readMx(text: string): MxRecord | undefined {
  const match = /^(\d{1,5}) (\S{1,1024})$/.exec(text);
  return match === null ? undefined : { preference: Number(match[1]), exchange: match[2] ?? '' };
}
