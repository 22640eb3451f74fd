import { healthLines, healthRecord, noteOfHealth } from '../../core/check/health-lines.ts';
import { isQueueTrouble } from '../../core/mail/queue-trouble.ts';
import { parseDestination } from '../../core/route/destination.ts';
import type { DestinationHealthStore } from '../../queue/open-queue.ts';
import { jsonAnswer, restOfPath, troubleAnswer, type StatusRoute } from '../../status/route.ts';

const path = '/api/destinations/';
/** Of a domain, with room for brackets and a port. */
const longestName = 300;

/**
 * `GET /api/destinations/NAME`: what checks of a destination that is mailed have found, as `dane-relay destinations --json`
 * prints it, with its `lines`, and the `note` for their postmaster if there is something to say; 404 if it is not mailed.
 */
export function destinationsRoute(
  store: Pick<DestinationHealthStore, 'list'>,
  hostname: string,
): StatusRoute {
  return {
    method: 'GET',
    path,
    level: 'look',
    async answer({ url }) {
      const name = restOfPath(url, { path });
      if (name === undefined || name === '' || name.length > longestName)
        return troubleAnswer(400, 'a destination is wanted');
      try {
        for await (const { destination, health } of store.list([name])) {
          const { host } = parseDestination(destination);
          const note = health && noteOfHealth(host, health, hostname);
          return jsonAnswer({
            ...healthRecord(destination, health),
            lines: healthLines(destination, health),
            ...(note !== undefined && { note }),
          });
        }
      } catch (error) {
        if (!isQueueTrouble(error)) throw error;
        return troubleAnswer(503, error.message);
      }
      return troubleAnswer(404, 'no mail has gone there with DANE');
    },
  };
}
