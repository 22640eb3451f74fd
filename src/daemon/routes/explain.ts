import { clockOfZone } from '../../core/diagnosis/clock.ts';
import { explainLines } from '../../core/diagnosis/explain-text.ts';
import { letter } from '../../core/diagnosis/letter.ts';
import type { ExplainView } from '../../core/diagnosis/view.ts';
import { isQueueTrouble } from '../../core/mail/queue-trouble.ts';
import { explainView, type ExplainPorts } from '../../core/diagnosis/make-view.ts';
import { jsonAnswer, restOfPath, troubleAnswer, type StatusRoute } from '../../status/route.ts';

/** Longest address of RFC 5321 §4.5.3.1.3, and some room for a next hop with several hosts. */
const LONGEST_NAME = 512;
const path = '/api/explain/';

/**
 * `GET /api/explain/NAME`: what `dane-relay explain NAME` says, as JSON (docs/explain.md); 404 if nothing is known. With
 * `?zone=MINUTES`, as `Date.getTimezoneOffset()` says it, also its `lines`, and the `letter` to the receiver if there is one.
 */
export function explainRoute(ports: ExplainPorts, hostname: string): StatusRoute {
  return {
    method: 'GET',
    path,
    level: 'look',
    async answer({ url }) {
      const name = restOfPath(url, { path });
      if (name === undefined || name === '' || name.length > LONGEST_NAME) {
        return troubleAnswer(400, 'a queue ID, an address or a domain is wanted');
      }
      try {
        const view = await explainView(name, ports);
        const zone = url.searchParams.get('zone');
        const told = zone === null ? {} : tell(view, Number(zone), hostname);
        return jsonAnswer({ ...view, ...told }, view.kind === 'unknown' ? 404 : 200);
      } catch (error) {
        if (!isQueueTrouble(error)) throw error;
        return troubleAnswer(503, error.message);
      }
    },
  };
}

function tell(view: ExplainView, zone: number, hostname: string): object {
  // No zone is further away.
  const offset = Number.isInteger(zone) && Math.abs(zone) < 26 * 60 ? zone : 0;
  const found = letter(view, hostname);
  return {
    lines: explainLines(view, clockOfZone(view.at, offset)),
    ...(found !== undefined && { letter: found }),
  };
}
