import { explainView, type ExplainPorts } from '../../core/diagnosis/make-view.ts';
import { jsonAnswer, restOfPath, troubleAnswer, type StatusRoute } from '../../status/route.ts';

/** Longest address of RFC 5321 §4.5.3.1.3, and some room for a next hop with several hosts. */
const LONGEST_NAME = 512;
const path = '/api/explain/';

/** `GET /api/explain/NAME`: what `dane-relay explain NAME` says, as JSON (docs/explain.md); 404 if nothing is known. */
export function explainRoute(ports: ExplainPorts): StatusRoute {
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
        return jsonAnswer(view, view.kind === 'unknown' ? 404 : 200);
      } catch (error) {
        if (!isQueueTrouble(error)) throw error;
        return troubleAnswer(503, error.message);
      }
    },
  };
}

function isQueueTrouble(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('QUEUE_');
}
