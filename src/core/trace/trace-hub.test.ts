import { expect, test } from 'vitest';
import type { ObservedTarget, SessionHappening } from '../delivery/session-event.ts';
import { createTraceHub, mostListeners, type TraceHub, type TraceListener } from './trace-hub.ts';
import { readTraceFilter, type TraceFilter } from './trace-filter.ts';
import type { TraceRecord } from './trace-record.ts';

function filterOf(query: string): TraceFilter {
  const filter = readTraceFilter(new URLSearchParams(query));
  if ('problem' in filter) throw new Error(filter.problem);
  return filter;
}

function listen(hub: TraceHub, query = ''): TraceListener {
  const listener = hub.listen(filterOf(query));
  if (listener === undefined) throw new Error('no room');
  return listener;
}

function targetFor(
  domain: string,
  recipients: readonly string[] = [],
  host = `mx.${domain}`,
): ObservedTarget {
  return {
    host,
    address: '192.0.2.1',
    port: 25,
    nextHop: domain,
    level: 'dane',
    errand: { destination: domain, queueId: '4A', recipients: () => recipients },
  };
}

const connected: SessionHappening = { kind: 'connected' };
const ended: SessionHappening = { kind: 'ended' };
const said = (text: string): SessionHappening => ({ kind: 'said', text: `${text}\r\n`, secure: false });
const offered = (...recipients: readonly string[]): SessionHappening => ({ kind: 'offered', recipients });

/** A session that is told its events one by one. */
function session(
  hub: TraceHub,
  target: ObservedTarget,
): (...happenings: readonly SessionHappening[]) => void {
  const observer = hub.observe(target);
  return (...happenings) => {
    for (const happening of happenings) if (observer.listens) observer.note({ at: 1, ...happening });
  };
}

function takeAll(listener: TraceListener): TraceRecord[] {
  const taken: TraceRecord[] = [];
  for (let record = listener.take(); record !== undefined; record = listener.take()) taken.push(record);
  return taken;
}

/** The records as short words. */
function seen(listener: TraceListener): string[] {
  return takeAll(listener).map((record) => {
    if (record.kind === 'session')
      return `${record.joined === true ? 'joined' : 'session'} ${record.session}`;
    if (record.kind === 'said') return record.lines.join('|');
    if (record.kind === 'offered') return record.recipients.join('+');
    if (record.kind === 'lost') return `lost ${record.records}`;
    return record.kind;
  });
}

test('two sessions at a time are told apart by their number', () => {
  const hub = createTraceHub();
  const listener = listen(hub);
  const [one, two] = [session(hub, targetFor('a.test')), session(hub, targetFor('b.test'))];
  one(connected);
  two(connected);
  one(said('EHLO x'), ended);
  two(said('EHLO y'), ended);
  const numbers = takeAll(listener).map((record) => ('session' in record ? record.session : 0));
  expect(numbers).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
});

test('nothing is noted while nobody listens, and nothing is kept of it', () => {
  const hub = createTraceHub();
  expect(hub.observe(targetFor('a.test')).listens).toBe(false);
  const talk = session(hub, targetFor('a.test'));
  talk(connected, said('EHLO x'));
  const listener = listen(hub);
  talk(said('MAIL'));
  expect(seen(listener)).toEqual(['joined 2', 'MAIL']);
  listener.leave();
  expect(hub.observe(targetFor('a.test')).listens).toBe(false);
});

test.each([
  ['domain=a.test', ['a']],
  ['domain=A.test.', ['a']],
  ['domain=[a.test]:25', ['a']],
  ['host=mx.b.test', ['b']],
  ['address=192.0.2.1', ['a', 'b']],
  ['address=::ffff:192.0.2.1', ['a', 'b']],
  ['address=192.0.2.2', []],
  ['domain=a.test&domain=b.test', ['a', 'b']],
  ['domain=a.test&host=mx.b.test', []],
  ['recipient=u@a.test', ['a']],
  ['recipient=@b.test', ['b']],
  ['recipient=B.test', ['b']],
])('%s', (query, expected) => {
  const hub = createTraceHub();
  const listener = listen(hub, query);
  for (const name of ['a', 'b']) {
    session(hub, targetFor(`${name}.test`, [`U@${name}.test`]))(connected, said(name));
  }
  expect(seen(listener).filter((word) => word.length === 1)).toEqual(expected);
});

test('a recipient is shown from the first line of the session that was opened for him', () => {
  const hub = createTraceHub();
  const listener = listen(hub, 'recipient=u@a.test');
  session(hub, targetFor('a.test', ['u@a.test']))(connected, { kind: 'trouble', text: 'no STARTTLS' }, ended);
  expect(seen(listener)).toEqual(['session 1', 'connected', 'trouble', 'ended']);
});

test('a session that comes to carry his mail later is shown from its beginning, and only while it is about him', () => {
  const hub = createTraceHub();
  const listener = listen(hub, 'recipient=u@a.test');
  const talk = session(hub, targetFor('a.test', ['other@a.test']));
  talk(connected, said('EHLO x'), offered('other@a.test'), said('RCPT other'));
  expect(seen(listener)).toEqual([]);
  talk(offered('u@a.test'), said('RCPT u'), offered('other@a.test'), said('RCPT other'), ended);
  expect(seen(listener)).toEqual(['session 1', 'connected', 'EHLO x', 'u@a.test', 'RCPT u', 'ended']);
});

test('the beginning that is kept is bounded', () => {
  const hub = createTraceHub();
  const listener = listen(hub, 'recipient=u@a.test');
  const talk = session(hub, targetFor('a.test'));
  talk(connected);
  for (let line = 0; line < 10_000; line += 1) talk(said('x'.repeat(400)));
  talk(offered('u@a.test'));
  const shown = takeAll(listener);
  expect(shown.length).toBeLessThan(43);
  expect(JSON.stringify(shown).length).toBeLessThan(12_000);
});

test('a reader that does not read loses the oldest, and is told how many', () => {
  const hub = createTraceHub();
  const listener = listen(hub);
  const talk = session(hub, targetFor('a.test'));
  for (let line = 0; line < 100_000; line += 1) talk(said(`LINE ${line}`));
  const [first = '', ...rest] = seen(listener);
  const lost = Number(/^lost (\d+)$/.exec(first)?.[1]);
  // The header of the session is one more.
  expect(lost + rest.length).toBe(100_001);
  expect(rest.length).toBeLessThanOrEqual(2_000);
  expect(rest.at(-1)).toBe('LINE 99999');
});

test('what waits is bounded in characters as well, whatever servers say', () => {
  const hub = createTraceHub();
  const listener = listen(hub);
  const talk = session(hub, targetFor('a.test'));
  const lines = Array.from({ length: 200 }, () => `250-${'x'.repeat(2_000)}`);
  for (let reply = 0; reply < 500; reply += 1) talk({ kind: 'heard', code: 250, lines, secure: true });
  const waiting = takeAll(listener);
  expect(JSON.stringify(waiting).length).toBeLessThan(400_000);
  expect(waiting[0]).toMatchObject({ kind: 'lost' });
});

test('so many readers and no more; one that leaves makes room', () => {
  const hub = createTraceHub();
  const all = Array.from({ length: mostListeners }, () => listen(hub));
  expect(hub.hasRoom()).toBe(false);
  expect(hub.listen(filterOf(''))).toBeUndefined();
  all[3]?.leave();
  expect(hub.hasRoom()).toBe(true);
});

test('all readers hear that the relay stops, after what still waits', async () => {
  const hub = createTraceHub();
  const listener = listen(hub);
  session(hub, targetFor('a.test'))(connected);
  hub.close();
  await listener.news(new AbortController().signal);
  expect(listener.isOver).toBe(true);
  expect(seen(listener)).toEqual(['session 1', 'connected', 'stopped']);
  expect(hub.listen(filterOf(''))).toBeUndefined();
});

test('a reader waits for news, and no longer than he is there', async () => {
  const hub = createTraceHub();
  const listener = listen(hub);
  const gone = new AbortController();
  const waiting = listener.news(gone.signal);
  session(hub, targetFor('a.test'))(connected);
  await waiting;
  seen(listener);
  const again = listener.news(gone.signal);
  gone.abort();
  await again;
  await listener.news(gone.signal);
});
