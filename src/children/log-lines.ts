import type { LogEvent, Severity } from '../core/log/log-event.ts';

/** The log lines about the relay's private Redis and Unbound. */

/** @param child name of its program */
export function ofChild(
  child: string,
  severity: Severity,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): LogEvent {
  return {
    component: 'master',
    severity,
    event: 'child',
    text: `${child}: ${text}`,
    fields: { child, ...more },
  };
}

export function leftBehind(child: string, pid: number): LogEvent {
  const text = `process ${pid} was left behind by a relay that was killed; replacing it`;
  return ofChild(child, 'warning', text, { pid });
}

/** @param kept the file in which the octets are now */
export function lastWriteCutOff(file: string, octets: number, kept: string): LogEvent {
  return {
    component: 'master',
    severity: 'warning',
    event: 'queue files',
    text: `${file}: its last write was cut off, as by a power failure: ${octets} octets that no client has a 250 for are taken off, and kept in ${kept}`,
    fields: { file, octets, kept },
  };
}

/** Memory is set up in a way that Redis may not bear. */
export function memoryAdvised(text: string): LogEvent {
  return { component: 'master', severity: 'warning', event: 'advice', text };
}
