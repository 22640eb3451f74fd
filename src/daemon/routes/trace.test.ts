import { expect, test } from 'vitest';
import { createTraceHub, mostListeners } from '../../core/trace/trace-hub.ts';
import type { StatusAnswer } from '../../status/route.ts';
import { traceRoute } from './trace.ts';

const hub = createTraceHub();
const route = traceRoute(hub, () => 5);

function ask(query: string, signal: AbortSignal): Promise<StatusAnswer> {
  const url = new URL(`http://relay/api/trace${query}`);
  return route.answer({
    url,
    via: 'socket',
    access: { look: true, act: true, pageToken: '' },
    body: () => Promise.resolve(''),
    signal,
  });
}

function streamOf({ body }: StatusAnswer): AsyncIterator<string> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) throw new Error('no stream');
  return body[Symbol.asyncIterator]();
}

test('a reader takes a place only while he reads, and gives it back when he leaves', async () => {
  const gone = new AbortController();
  const answers = await Promise.all(Array.from({ length: mostListeners + 1 }, () => ask('', gone.signal)));
  // Answers that nobody has begun to read, as those to HEAD, take none.
  expect(hub.hasRoom()).toBe(true);
  const streams = answers.map(streamOf);
  const first = await Promise.all(streams.map((stream) => stream.next()));
  expect(first[0]?.value).toBe('{"schema":1,"kind":"listening","at":5}\n');
  expect(first.at(-1)?.value).toBe('{"schema":1,"kind":"stopped"}\n');
  expect(await ask('', gone.signal)).toMatchObject({ status: 503 });
  const waiting = streams.map((stream) => stream.next());
  gone.abort();
  await Promise.all(waiting);
  expect(hub.hasRoom()).toBe(true);
});

test('a query that makes no sense', async () => {
  expect(await ask('?address=somewhere', new AbortController().signal)).toMatchObject({ status: 400 });
});
