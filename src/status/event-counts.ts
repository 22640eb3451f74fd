import { type EventName, eventNames } from '../core/events/event-table.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { tlsAskedWords } from '../core/mail/tls-need.ts';
import { type MetricSet, setTo } from './metric-set.ts';
import {
  codeClasses,
  levelWords,
  loginMechanisms,
  noteWords,
  outcomeTlsWords,
  statusWords,
  tlsReportResults,
  trustWords,
} from './metric-table.ts';
import { Tally } from './tally.ts';

/** What is counted of the log, so that a number and its lines cannot disagree. */
export interface EventCounts {
  readonly count: (event: LogEvent) => void;
  /** Puts what was counted into the metrics. */
  show(): void;
}

export function createEventCounts(set: MetricSet): EventCounts {
  const lines = new Tally(['info', 'warning', 'error']);
  const events = new Tally([...eventNames, 'other']);
  const deliveries = new Tally(statusWords);
  const excepted = new Tally(statusWords);
  const tlsAsked = new Tally(tlsAskedWords, statusWords);
  const outcomes = new Tally(statusWords, levelWords, outcomeTlsWords, codeClasses);
  const trust = new Tally([...trustWords, 'other']);
  const notes = new Tally(noteWords);
  const rejections = new Tally(codeClasses);
  const logins = new Tally(loginMechanisms, ['refused', 'impossible']);
  const http = new Tally(['4xx', '5xx']);
  const tlsReports = new Tally(tlsReportResults);
  let clients = 0;
  let dropped = 0;

  const shown = [
    [lines, set.counter('dane_relay_log_lines_total'), ['severity'], true],
    [events, set.counter('dane_relay_events_total'), ['event'], false],
    [deliveries, set.counter('dane_relay_deliveries_total'), ['status'], true],
    [excepted, set.counter('dane_relay_excepted_deliveries_total'), ['status'], false],
    [tlsAsked, set.counter('dane_relay_tls_asked_deliveries_total'), ['asked', 'status'], false],
    [outcomes, set.counter('dane_relay_outcomes_total'), ['status', 'level', 'tls', 'code'], false],
    [trust, set.counter('dane_relay_tls_connections_total'), ['trust'], false],
    [notes, set.counter('dane_relay_client_notes_total'), ['note'], false],
    [rejections, set.counter('dane_relay_rejections_total'), ['code'], false],
    [logins, set.counter('dane_relay_login_failures_total'), ['mechanism', 'result'], false],
    [http, set.counter('dane_relay_http_refusals_total'), ['status'], true],
    [tlsReports, set.counter('dane_relay_tls_reports_total'), ['result'], true],
  ] as const;
  const openClients = set.gauge('dane_relay_clients');
  const droppedEvents = set.counter('dane_relay_webhook_events_dropped_total');
  const totals = set.histogram('dane_relay_delivery_seconds');

  function delivery(fields: Fields): void {
    const status = word(fields['status']);
    deliveries.add(status);
    if (fields['exception'] !== undefined) excepted.add(status);
    if (fields['tlsAsked'] !== undefined) tlsAsked.add(word(fields['tlsAsked']), status);
    const [level, tls] = levelOf(fields['tls'], fields['trust']);
    outcomes.add(status, level, tls, codeClass(word(fields['dsn'])));
    if (status === 'sent' && typeof fields['delay'] === 'number') totals.observe(fields['delay']);
  }

  /** What is counted of an event besides that it was. */
  const further = new Map<string, (fields: Fields) => void>([
    ['TLS established', (fields) => trust.add(word(fields['trust']))],
    ['client connected', () => void (clients += 1)],
    [
      'client disconnected',
      (fields) => {
        clients -= 1;
        if (Array.isArray(fields['notes'])) for (const note of fields['notes']) notes.add(word(note));
      },
    ],
    // The enhanced code stands behind that of three digits.
    ['rejected', (fields) => rejections.add(codeClass(word(fields['reply']).slice('550 '.length)))],
    ['login refused', (fields) => logins.add(word(fields['mechanism']), 'refused')],
    ['login impossible', (fields) => logins.add(word(fields['mechanism']), 'impossible')],
    ['http token unknown', () => logins.add('BEARER', 'refused')],
    ['http request refused', (fields) => http.add(Number(fields['status']) < 500 ? '4xx' : '5xx')],
    ['TLS report sent', () => tlsReports.add('sent')],
    ['TLS report not taken', () => tlsReports.add('not taken')],
    ['TLS report dropped', () => tlsReports.add('dropped')],
    [
      'webhook dropped',
      (fields) => void (dropped += typeof fields['count'] === 'number' ? fields['count'] : 0),
    ],
  ] satisfies readonly (readonly [EventName, (fields: Fields) => void])[]);

  return {
    count({ severity, event, fields = {} }) {
      lines.add(severity);
      if (event === 'delivery') return delivery(fields);
      events.add(event);
      further.get(event)?.(fields);
    },
    show() {
      for (const [tally, counter, labels, all] of shown) tally.show(counter, labels, all);
      openClients.set(clients);
      setTo(droppedEvents, dropped);
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function word(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `4.7` of `4.7.5 …`. */
function codeClass(code: string): string {
  return code[1] === '.' && (code[3] === '.' || code[3] === undefined) ? code.slice(0, 3) : 'other';
}

/** Demanded level, and what became of it, from the two fields of a delivery about TLS. */
function levelOf(tls: unknown, trust: unknown): readonly [string, string] {
  if (typeof tls !== 'string') return ['untried', 'none'];
  // What follows is about a message that requires TLS.
  const [demand = ''] = tls.split('/', 1);
  if (demand.startsWith('!')) return [demand.slice(1), 'broken'];
  if (demand.endsWith('?')) return [demand.slice(0, -1), 'missed'];
  const end = demand.indexOf(':');
  return [end === -1 ? demand : demand.slice(0, end), word(trust)];
}
