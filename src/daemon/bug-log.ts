import type { Log } from '../core/log/log-event.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import { internalError } from './log-lines.ts';

/**
 * Tells of errors of work that is done again by itself. A store that is away says so itself, and a bug that comes again each
 * time is written once.
 *
 * @param next what becomes of the work
 */
export function bugLog(log: Log, next: string): (error: unknown) => void {
  let last = '';
  return (error) => {
    if (isQueueTrouble(error)) return;
    const line = internalError(next, error);
    if (line.text !== last) log(line);
    last = line.text;
  };
}
