import { FilterError, filterNames, parseQueueFilter, type FilterTexts } from '../../config/queue-filter.ts';
import { acts, BadCursor, QueueError, type Act, type Acted, type Queue } from '../../queue/open-queue.ts';
import {
  jsonAnswer,
  restOfPath,
  troubleAnswer,
  type StatusRequest,
  type StatusRoute,
} from '../../status/route.ts';

type RoutedQueue = Pick<Queue, 'act' | 'list' | 'message' | 'page' | 'untilNoted'>;

/** Deliveries of a page, and messages that are acted on with one request. */
const USUAL_PAGE = 100;
const MOST_AT_ONCE = 1_000;
/** Between so many acts the log may catch up. */
const STEP = 100;

/**
 * `GET /api/queue?older=2h&…&limit=100&cursor=…`: `{ schema, deliveries, next? }`, the deliveries as `queue list --json`
 * has them. `GET /api/queue/ID`: one message. `POST /api/queue/ACT` with `{ ids }` or `{ filter }`, which has the names of the
 * options, each with a text or several: `{ schema, acted, more }`; with `more`, others are meant than the first 1000.
 */
export function queueRoutes(queue: RoutedQueue, now: () => number): readonly StatusRoute[] {
  const pages: StatusRoute = {
    method: 'GET',
    path: '/api/queue',
    level: 'look',
    answer: (request) => answered(async () => pageFor(request, queue, now())),
  };
  const message: StatusRoute = {
    method: 'GET',
    path: '/api/queue/',
    level: 'look',
    answer: ({ url }) =>
      answered(async () => {
        const id = restOfPath(url, message);
        const found = id === undefined ? undefined : await queue.message(id);
        return found === undefined
          ? troubleAnswer(404, 'there is no such message')
          : jsonAnswer({ schema: 1, ...found });
      }),
  };
  const acting = acts.map((act): StatusRoute => ({
    method: 'POST',
    path: `/api/queue/${act}`,
    level: 'act',
    answer: (request) => answered(async () => actFor(act, request, queue, now())),
  }));
  return [pages, ...acting, message];
}

/** What is wrong with the request, or with the queue, is an answer too. */
async function answered(answer: () => Promise<ReturnType<typeof jsonAnswer>>) {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof FilterError || error instanceof BadCursor || error instanceof BadRequest)
      return troubleAnswer(400, error.message);
    if (error instanceof QueueError) return troubleAnswer(503, error.message);
    throw error;
  }
}

class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

async function pageFor({ url }: StatusRequest, queue: RoutedQueue, now: number) {
  const { searchParams } = url;
  const texts = Object.fromEntries(filterNames.map((name) => [name, searchParams.getAll(name)]));
  const filter = parseQueueFilter(texts, now) ?? {};
  const cursor = searchParams.get('cursor') ?? undefined;
  const limit = Number(searchParams.get('limit') ?? USUAL_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_AT_ONCE)
    throw new BadRequest(`limit is a number from 1 to ${MOST_AT_ONCE}`);
  const page = await queue.page({ filter, count: limit, ...(cursor !== undefined && { cursor }) });
  return jsonAnswer({ schema: 1, ...page });
}

async function actFor(act: Act, request: StatusRequest, queue: RoutedQueue, now: number) {
  const { ids, more } = await meantBy(readWishes(await request.body()), queue, now);
  const acted: Acted[] = [];
  for (const id of ids) {
    if (request.signal.aborted) break;
    acted.push(await queue.act(act, id));
    if (acted.length % STEP === 0) await queue.untilNoted();
  }
  return jsonAnswer({ schema: 1, acted, more });
}

type Wishes = { readonly ids: readonly string[] } | { readonly filter: FilterTexts };

function readWishes(body: string): Wishes {
  const wishes = objectOf(body);
  const names = Object.keys(wishes);
  if (names.length !== 1) throw new BadRequest('either "ids" or "filter" is wanted');
  const { ids, filter } = wishes;
  if (isTexts(ids)) {
    if (ids.length > MOST_AT_ONCE) throw new BadRequest(`ids are at most ${MOST_AT_ONCE}`);
    return { ids };
  }
  if (typeof filter !== 'object' || filter === null)
    throw new BadRequest('either "ids" or "filter" is wanted');
  const entries = Object.entries(filter as Readonly<Record<string, unknown>>).map(([name, value]) => {
    const known = filterNames.find((one) => one === name);
    const texts = typeof value === 'string' ? [value] : value;
    if (known === undefined || !isTexts(texts))
      throw new BadRequest(`"${name.slice(0, 100)}" is no filter, or no text`);
    return [known, texts] as const;
  });
  return { filter: Object.fromEntries(entries) };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // It is told below.
  }
  throw new BadRequest('the body is not JSON');
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

async function meantBy(
  wishes: Wishes,
  queue: RoutedQueue,
  now: number,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  if ('ids' in wishes) return { ids: [...new Set(wishes.ids)], more: false };
  const filter = parseQueueFilter(wishes.filter, now);
  // All mail is not meant by saying nothing.
  if (filter === undefined) throw new BadRequest('the filter is empty');
  const ids = new Set<string>();
  for await (const { queueId } of queue.list({ filter })) {
    if (ids.size === MOST_AT_ONCE && !ids.has(queueId)) return { ids: [...ids], more: true };
    ids.add(queueId);
  }
  return { ids: [...ids], more: false };
}
