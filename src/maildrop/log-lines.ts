import type { LogEvent } from '../core/log/log-event.ts';

/** What the relay says of its maildrop. */

/** The maildrop as a whole does not work, or a file of it cannot be read. */
export function maildropTrouble(text: string): LogEvent {
  return { component: 'pickup', severity: 'warning', event: 'maildrop trouble', text };
}

/** The maildrop cannot be served. */
export function notPickedUp(reason: string): LogEvent {
  return maildropTrouble(`mail of programs on this machine is not picked up: ${reason}`);
}

/** A file is no message, or one that is refused and nobody waits for. @param where it is now */
export function maildropRefused(
  name: string,
  refused: { readonly uid?: number; readonly why: string; readonly where: string },
): LogEvent {
  const { uid, why, where } = refused;
  const owner = uid === undefined ? '' : ` of uid=${uid}`;
  return {
    component: 'pickup',
    severity: 'warning',
    event: 'maildrop refused',
    text: `${name}: file${owner} not taken, and moved to ${where}: ${why}`,
    fields: { file: name, reason: why, ...(uid !== undefined && { uid }) },
  };
}
