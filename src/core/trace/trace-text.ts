import type { TraceRecord } from './trace-record.ts';

/**
 * A record as lines for people, in the signs of swaks: ` -> ` what we say, `<-  ` what we hear, `<** ` a refusal; with
 * `~` in place of `-` over TLS; `=== ` a note, `*** ` trouble. Each line begins with its time, as `timeText` gives it,
 * and with the number of its session.
 */
export function traceLines(record: TraceRecord, timeText: (at: number) => string): readonly string[] {
  if (record.kind === 'listening') return [];
  if (record.kind === 'lost')
    return [`*** ${record.records} records were lost: they came faster than they were read`];
  if (record.kind === 'stopped') return ['*** the relay stops'];
  const front = `${timeText(record.at)} ${record.session} `;
  return linesOf(record).map((line) => `${front}${line}`);
}

type SessionPart = Extract<TraceRecord, { readonly session: number }>;

/** The same without time and session: for one session that is shown by itself. */
export function linesOf(record: SessionPart): readonly string[] {
  switch (record.kind) {
    case 'session':
      return [`=== ${sessionText(record)}`];
    case 'connected':
      return ['=== connected'];
    case 'ended':
      return ['=== ended'];
    case 'said':
      return [...record.lines, ...moreLines(record.more)].map(
        (line) => `${record.tls ? ' ~> ' : ' -> '}${line}`,
      );
    case 'heard':
      return [...record.lines, ...moreLines(record.more)].map((line) => `${heardSign(record)}${line}`);
    case 'content':
      return [`${record.tls ? ' ~> ' : ' -> '}(content, ${record.octets} octets)`];
    case 'tls':
      return [`=== TLS started: ${record.text}`, ...record.chain.map((line) => `===   ${line}`)];
    case 'judged': {
      const { word, level, ok, words } = record;
      const verdict = ok
        ? `${word}, which is enough for level ${level}`
        : `${word}, not enough for level ${level}`;
      return [`${ok ? '===' : '***'} ${verdict}`, ...words.map((line) => `${ok ? '===' : '***'}   ${line}`)];
    }
    case 'offered': {
      const { queueId, recipients, more = 0 } = record;
      const named = recipients.map((address) => `<${address}>`).join(', ');
      const whose = queueId === undefined ? 'a message' : `message ${queueId}`;
      return [`=== ${whose} for ${named}${more > 0 ? ` and ${more} more` : ''}`];
    }
    case 'outcome': {
      const { sent, deferred, bounced, reasons } = record;
      const counts = [
        ...(sent > 0 ? [`${sent} sent`] : []),
        ...(deferred > 0 ? [`${deferred} deferred`] : []),
        ...(bounced > 0 ? [`${bounced} bounced`] : []),
      ];
      return [`=== ${counts.join(', ')}`, ...reasons.map((reason) => `===   ${reason}`)];
    }
    case 'trouble':
      return [`*** ${record.text}`];
  }
}

function sessionText({
  host,
  address,
  port,
  nextHop,
  destination,
  queueId,
  level,
  joined,
}: Extract<TraceRecord, { kind: 'session' }>): string {
  const to = `${host}[${address}]:${port}`;
  const mail = [
    ...(nextHop === undefined ? [] : [` for ${nextHop}`]),
    ...(destination === undefined ? [] : [` in place of ${destination}`]),
    ...(queueId === undefined ? [] : [` (${queueId})`]),
    ...(level === undefined ? [] : [`, level ${level}`]),
  ].join('');
  return `${joined === true ? 'session under way with' : 'session with'} ${to}${mail}`;
}

function heardSign({ tls, code = 0 }: Extract<TraceRecord, { kind: 'said' | 'heard' }>): string {
  if (code >= 400) return tls ? '<~* ' : '<** ';
  return tls ? '<~  ' : '<-  ';
}

function moreLines(more = 0): readonly string[] {
  return more > 0 ? [`(${more} more lines)`] : [];
}
