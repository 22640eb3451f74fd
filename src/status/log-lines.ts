import type { LogEvent } from '../core/log/log-event.ts';

/** The log lines about what the process has of its machine. */

/** @param words how long, and how much of it was work */
export function eventLoopHeld(
  words: string,
  hold: { readonly heldMs: number; readonly workMs: number },
): LogEvent {
  const text = `the event loop was held: ${words}`;
  return { component: 'master', severity: 'warning', event: 'event loop held', text, fields: { ...hold } };
}

/** @param text how much of it is in use */
export function resourceShort(text: string): LogEvent {
  return { component: 'master', severity: 'warning', event: 'resources', text };
}

export function resourceFree(name: string): LogEvent {
  return { component: 'master', severity: 'info', event: 'resources', text: `${name}: enough is free again` };
}

export function requestBug(reason: string): LogEvent {
  const text = `internal error, a question about the status is answered 500: ${reason}`;
  return { component: 'master', severity: 'error', event: 'bug', text, fields: { reason } };
}

/** @param address absent at the socket of the operator */
export function tokenRefused(address = 'the socket'): LogEvent {
  const text = `the status page was asked with a token that nobody has, from ${address}`;
  return { component: 'master', severity: 'warning', event: 'page token unknown', text, fields: { address } };
}
