import { records } from './api.ts';
import { byId, el } from './dom.ts';
import { clockWithSeconds } from './format.ts';

/** A record of `GET /api/trace`, as far as this page reads it. */
interface TraceRecord {
  readonly kind: string;
  readonly at?: number;
  readonly session?: number;
  readonly host?: string;
  readonly address?: string;
  readonly port?: number;
  readonly level?: string;
  readonly lines?: readonly string[];
  readonly text?: string;
  readonly octets?: number;
  readonly word?: string;
  readonly ok?: boolean;
  readonly words?: readonly string[];
  readonly queueId?: string;
  readonly recipients?: readonly string[];
  readonly sent?: number;
  readonly deferred?: number;
  readonly bounced?: number;
  readonly reasons?: readonly string[];
  readonly count?: number;
}

/** Older lines make room for new ones. */
const MOST_LINES = 500;

let watching: AbortController | undefined;

export function startTrace(): void {
  byId('trace-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    if (watching === undefined) void watch(byId('trace-domain', HTMLInputElement).value.trim());
    else watching.abort();
  });
}

async function watch(domain: string): Promise<void> {
  watching = new AbortController();
  byId('trace-button').textContent = 'Stop';
  const place = byId('trace-lines');
  place.replaceChildren();
  try {
    const query = domain === '' ? '' : `?domain=${encodeURIComponent(domain)}`;
    for await (const record of records<TraceRecord>(`/api/trace${query}`, watching.signal))
      for (const line of linesOf(record)) write(place, line);
    write(place, ['The relay has stopped.', 'session']);
  } catch (error) {
    const text = watching.signal.aborted
      ? 'Stopped.'
      : error instanceof Error
        ? error.message
        : String(error);
    write(place, [text, 'session']);
  }
  watching = undefined;
  byId('trace-button').textContent = 'Watch';
}

type Line = readonly [text: string, kind: string];

function write(place: HTMLElement, [text, kind]: Line): void {
  // Whoever has scrolled up reads there.
  const follows = place.scrollHeight - place.scrollTop - place.clientHeight < 30;
  place.append(el('p', { class: kind }, text));
  while (place.childElementCount > MOST_LINES) place.firstElementChild?.remove();
  if (follows) place.scrollTop = place.scrollHeight;
}

function linesOf(record: TraceRecord): readonly Line[] {
  const { kind, at, session, lines = [], text = '', words = [], reasons = [] } = record;
  const head =
    at === undefined ? '' : `${clockWithSeconds(at)} ${session === undefined ? '' : `#${session} `}`;
  switch (kind) {
    case 'listening':
      return [['Watching; sessions show up as they begin.', 'session']];
    case 'session':
      return [
        [
          `${head}${record.host}[${record.address}]:${record.port}${record.level === undefined ? '' : `, level ${record.level}`}`,
          'session',
        ],
      ];
    case 'connected':
    case 'ended':
      return [[`${head}${kind}`, 'session']];
    case 'said':
      return lines.map((line): Line => [`${head}> ${line}`, 'said']);
    case 'heard':
      return lines.map((line): Line => [`${head}< ${line}`, 'heard']);
    case 'content':
      return [[`${head}> (content, ${record.octets} octets)`, 'said']];
    case 'tls':
      return [[`${head}TLS ${text}`, 'session']];
    case 'judged':
      return [[`${head}${record.word}: ${words.join('; ')}`, record.ok === true ? 'fine' : 'amiss']];
    case 'offered':
      return [
        [`${head}message ${record.queueId ?? ''} to ${(record.recipients ?? []).join(', ')}`, 'session'],
      ];
    case 'outcome':
      return [
        [
          `${head}${record.sent} sent, ${record.deferred} deferred, ${record.bounced} returned ${reasons.join('; ')}`,
          record.sent === 0 ? 'amiss' : 'fine',
        ],
      ];
    case 'trouble':
      return [[`${head}${text}`, 'amiss']];
    default:
      return [[`${head}${kind}${record.count === undefined ? '' : ` ${record.count}`}`, 'session']];
  }
}
