import { parametersText } from '../core/dane/make-record.ts';
import {
  genericLine,
  nsupdateLine,
  pdnsutilCommand,
  powerDnsPatch,
  rdataText,
  zoneLine,
} from '../core/dane/record-text.ts';
import type { RecordFor } from '../core/tlsa/record-for.ts';
import { subjectOf } from '../core/tlsa/shown.ts';
import type { TlsaFormat } from './options/tlsa.ts';

/** Records, and what is to be said about them. */
export interface RecordSheet {
  /** What they are of, a sentence each. */
  readonly about: readonly string[];
  /** `_25._tcp.mx.example.org`, without the final dot. */
  readonly owners: readonly string[];
  readonly records: readonly RecordFor[];
  /** What speaks against them. */
  readonly advice: readonly string[];
}

export interface RecordLayout {
  readonly format: TlsaFormat;
  readonly ttl?: number;
  /** Absent: the name of the host without its first label. */
  readonly zone?: string;
}

/** Octets of data up to which the only record is shown in its generic form as well. */
const SHORT_OCTETS = 64;

/** The lines to paste. What is no record is a comment of the format; JSON has none, so there it is left out. */
export function recordLines(sheet: RecordSheet, layout: RecordLayout): readonly string[] {
  const { format } = layout;
  const comment = (text: string) => `${format === 'pdnsutil' ? '#' : ';'} ${text}`;
  const body = sheet.owners.flatMap((owner) => linesOf(owner, sheet.records, layout));
  if (format === 'powerdns') return body;
  const end = format === 'nsupdate' ? ['send'] : [];
  const warnings = sheet.advice.map((text) => comment(`warning: ${text}`));
  return [
    ...sheet.about.map(comment),
    ...authoritiesOf(sheet.records).map(comment),
    ...body,
    ...end,
    ...warnings,
  ];
}

function linesOf(owner: string, records: readonly RecordFor[], layout: RecordLayout): readonly string[] {
  const { format, ttl, zone = zoneOf(owner) } = layout;
  const placed = records.map(({ record }) => ({ owner, record, ...(ttl !== undefined && { ttl }) }));
  switch (format) {
    case 'bind':
      return placed.flatMap((one) => {
        const isShort = placed.length === 1 && one.record.data.length <= SHORT_OCTETS;
        return [
          zoneLine(one),
          ...(isShort ? [`; or: ${genericLine(one).replace(/^.*?(?=IN TYPE52)/, '')}`] : []),
        ];
      });
    case 'generic':
      return placed.map(genericLine);
    case 'nsupdate':
      return placed.map(nsupdateLine);
    case 'pdnsutil':
      return placed.map((one) => pdnsutilCommand(one, zone));
    case 'powerdns':
      return [
        powerDnsPatch(
          owner,
          records.map(({ record }) => record),
          ttl,
        ),
      ];
  }
}

/** A record of usage 2 is of a certificate that may not be the one that was meant. */
function authoritiesOf(records: readonly RecordFor[]): readonly string[] {
  return records.flatMap(({ record, depth, certificate }) =>
    record.usage % 2 === 0 && certificate !== undefined
      ? [`${parametersText(record)} is of the certificate at depth ${depth}, ${subjectOf(certificate)}`]
      : [],
  );
}

/** `_25._tcp.mx.example.org` is in `example.org`; a host right below a top level is a zone of its own. */
function zoneOf(owner: string): string {
  const labels = owner.split('.').slice(2);
  return (labels.length > 2 ? labels.slice(1) : labels).join('.');
}

/** The same for programs. */
export function recordJson({ record, depth, certificate }: RecordFor): Readonly<Record<string, unknown>> {
  const { usage, selector, matching, data } = record;
  return {
    usage,
    selector,
    matching,
    data: Buffer.from(data).toString('hex'),
    rdata: rdataText(record),
    depth,
    ...(certificate !== undefined && { subject: subjectOf(certificate) }),
  };
}
