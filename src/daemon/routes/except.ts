import { momentText } from '../../core/time/moment-text.ts';
import {
  isAbout,
  isInForce,
  mostExceptions,
  readExceptionWish,
  type PolicyException,
} from '../../core/tls-policy/exception.ts';
import { policyKey } from '../../core/tls-policy/policy-names.ts';
import type { Queue } from '../../queue/open-queue.ts';
import { jsonAnswer, troubleAnswer, type StatusAnswer, type StatusRoute } from '../../status/route.ts';

type Store = Pick<Queue, 'exceptions' | 'flushWhere'>;

/**
 * `GET /api/except`: the exceptions in force. `POST /api/except` with `domain`, `level`, `until` (milliseconds since
 * 1970, or a moment with its zone) and `reason` sets one; `POST /api/except/remove` with `domain` ends it.
 */
export function exceptRoutes(queue: Store, now: () => number): readonly StatusRoute[] {
  const by = ({ via }: { readonly via: string }): string =>
    via === 'socket' ? 'the socket' : 'the status page';
  return [
    {
      method: 'GET',
      path: '/api/except',
      level: 'look',
      answer: () =>
        asked(async () => {
          const { exceptions } = await queue.exceptions.read();
          const shown = exceptions.filter((one) => isInForce(one, now())).map(shape);
          return jsonAnswer({ schema: 1, exceptions: shown });
        }),
    },
    {
      method: 'POST',
      path: '/api/except',
      level: 'act',
      answer: (request) =>
        asked(async () => {
          const { domain, level, until, reason } = read(await request.body());
          const end = /^\d+$/.test(until) ? Number(until) : momentOf(until);
          const exception = readExceptionWish({ domain, level, until: end, reason, by: by(request) }, now());
          if ('problem' in exception) return troubleAnswer(400, exception.problem);
          if ((await queue.exceptions.set(exception)) === 'full') {
            return troubleAnswer(409, `there are ${mostExceptions} exceptions already`);
          }
          const due = await queue.flushWhere((destination) => isAbout(exception, destination));
          return jsonAnswer({ schema: 1, exception: shape(exception), due });
        }),
    },
    {
      method: 'POST',
      path: '/api/except/remove',
      level: 'act',
      answer: (request) =>
        asked(async () => {
          const { domain } = read(await request.body());
          const removed = await queue.exceptions.remove(policyKey(domain) ?? domain, by(request));
          if (removed === undefined) return troubleAnswer(404, 'there is no such exception');
          return jsonAnswer({ schema: 1, removed: shape(removed) });
        }),
    },
  ];
}

async function asked(answer: () => Promise<StatusAnswer>): Promise<StatusAnswer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Error && error.name === 'QueueError') return troubleAnswer(503, error.message);
    throw error;
  }
}

function shape({ name, level, until, reason, setAt, by }: PolicyException): object {
  return { domain: name, level, until: momentText(until), reason, setAt: momentText(setAt), by };
}

/** The members that are text or numbers; what is missing is empty, and refused for that. */
function read(body: string): Readonly<Record<'domain' | 'level' | 'until' | 'reason', string>> {
  let found: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) found = parsed as typeof found;
  } catch {
    // No JSON has no members.
  }
  const text = (name: string): string => {
    const value = found[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  return { domain: text('domain'), level: text('level'), until: text('until'), reason: text('reason') };
}

/** With a zone: whoever asks may be in another one. */
function momentOf(text: string): number {
  return /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
}
