import type { Absent, Answer, Failed } from './answer.ts';
import { asciiLine } from './ascii-line.ts';
import type { LookedUp } from './lookup-trail.ts';
import type { MxRecord, RecordType, TlsaRecord } from './record.ts';

/**
 * An answer as danecheck prints it, a line for each record: `mx.example. IN A 192.0.2.1 ; AD=1 NoError`. Aliases come
 * first, each as the CNAME record that it is. Where there is no record, `?` stands for its data, and the last word says
 * why: `NODATA`, `NXDomain`, `ServFail`, with the extended error of the resolver after it (RFC 8914).
 *
 * @param short long data in hexadecimal is shown by its beginning and end
 */
export function answerLines({ name, type, answer, recordsLeftOut = 0 }: LookedUp, short = false): string[] {
  if (answer.kind === 'failed') {
    return [`${absolute(name)} IN ${type} ? ; AD=0 ${failureWords(answer)}`];
  }
  const ad = `AD=${answer.secure ? 1 : 0}`;
  const aliases = answer.aliases.map((alias, at) => {
    const target = answer.aliases[at + 1] ?? answer.name;
    return `${absolute(alias)} IN CNAME ${absolute(target)} ; ${ad} NoError`;
  });
  const line = (data: string, status: string): string =>
    `${absolute(answer.name)} IN ${type} ${data} ; ${ad} ${status}`;
  if (answer.kind === 'absent') return [...aliases, line('?', denialWord(answer.denial))];
  const records = answer.records.map((record) => line(recordText(record, type, short), 'NoError'));
  const rest = recordsLeftOut > 0 ? [line(`(${recordsLeftOut} more)`, 'NoError')] : [];
  return [...aliases, ...records, ...rest];
}

/** The last word of its lines, without what the resolver adds: `NoError`, `NODATA`, `NXDomain`, `ServFail` … */
export function statusWord(answer: Answer<unknown>): string {
  switch (answer.kind) {
    case 'found':
      return 'NoError';
    case 'absent':
      return answer.denial === 'NXDOMAIN' ? 'NXDomain' : 'NODATA';
    case 'failed':
      return failureNames[answer.cause];
  }
}

/** The data of a record in the form of a zone file. @param short as for `answerLines` */
export function recordText(record: string | MxRecord | TlsaRecord, type: RecordType, short = false): string {
  if (typeof record === 'string') {
    if (type === 'A' || type === 'AAAA') return record;
    return type === 'TXT' ? quoted(record) : absolute(record);
  }
  if ('exchange' in record) return `${record.preference} ${absolute(record.exchange)}`;
  const { usage, selector, matching, data } = record;
  return `${usage} ${selector} ${matching} ${hexText(data, short)}`;
}

/** From this many octets on, short text shows less than all. */
const SHORTENED_FROM = 16;

function hexText(data: Uint8Array, short: boolean): string {
  const hex = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
  return short && data.length > SHORTENED_FROM ? `${hex.slice(0, 8)}...${hex.slice(-6)}` : hex;
}

/** RFC 1035 §5.1: a character-string of a zone file. Each character is an octet. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/[^\x20-\x7e]|["\\]/g, (character) => {
    const octet = character.charCodeAt(0) & 0xff;
    return `\\${String(octet).padStart(3, '0')}`;
  });
  return `"${escaped}"`;
}

/** With the final dot. A name in the form of `parseOwnerName` has nothing in it that does not show. */
function absolute(name: string): string {
  return name === '.' ? name : `${name}.`;
}

function denialWord(denial: Absent['denial']): string {
  switch (denial) {
    case 'NXDOMAIN':
      return 'NXDomain';
    case 'NODATA':
      return 'NODATA';
    case 'empty':
      return 'NODATA (no zone says so)';
  }
}

const failureNames: Readonly<Record<Failed['cause'], string>> = {
  SERVFAIL: 'ServFail',
  REFUSED: 'Refused',
  FORMERR: 'FormErr',
  NOTIMP: 'NotImp',
  timeout: 'Timeout',
  malformed: 'Malformed',
  unreachable: 'Unreachable',
  loop: 'Loop',
};

/** Most characters of a detail that are shown. */
const LONGEST_DETAIL = 300;

function failureWords({ cause, detail }: Failed): string {
  // The detail of a negative reply begins with its code.
  const said = detail === cause ? '' : detail.replace(`${cause}: `, '');
  return said === '' ? failureNames[cause] : `${failureNames[cause]} (${asciiLine(said, LONGEST_DETAIL)})`;
}
