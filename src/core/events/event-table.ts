import type { EventRow } from './event-row.ts';
import { deliveryEvents } from './delivery.ts';
import { intakeEvents } from './intake.ts';
import { queueEvents } from './queue.ts';
import { relayEvents } from './relay.ts';
import { reportEvents } from './reports.ts';
import { tlsEvents } from './tls.ts';

/**
 * Every kind of line that the relay writes, by the sections of docs/log.md. That page, docs/json-log.md, the schema of
 * the JSON log and `dane-relay log explain` are made from this table.
 */
export const eventSections = {
  intake: intakeEvents,
  queue: queueEvents,
  delivery: deliveryEvents,
  tls: tlsEvents,
  reports: reportEvents,
  relay: relayEvents,
} as const;

/** What happened, in the words of the JSON log and of the metric `dane_relay_events_total`: every line has one of these. */
export type EventName = {
  [Section in keyof typeof eventSections]: keyof (typeof eventSections)[Section];
}[keyof typeof eventSections];

export const eventTable: Readonly<Record<EventName, EventRow>> = {
  ...intakeEvents,
  ...queueEvents,
  ...deliveryEvents,
  ...tlsEvents,
  ...reportEvents,
  ...relayEvents,
};

export const eventNames = Object.keys(eventTable) as readonly EventName[];

/** Where docs/log.md tells of an event. */
export function pageOf(event: EventName): string {
  return `docs/log.md#${anchorOf(event)}`;
}

export function anchorOf(event: EventName): string {
  return `event-${event.toLowerCase().replaceAll(' ', '-')}`;
}
