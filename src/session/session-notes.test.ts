import { expect, test } from 'vitest';
import { observeTogether, type SessionEvent } from '../core/delivery/session-event.ts';
import { SessionNotes } from './session-notes.ts';

const target = { host: 'mx.test', address: '192.0.2.1', port: 25 };
const facts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;

/** All that can be noted; `made` counts what was made only to be told. */
function everything(notes: SessionNotes): { readonly made: number } {
  let made = 0;
  notes.connected();
  notes.sent('EHLO relay.test\r\n', false);
  notes.heard({ code: 250, lines: ['250 mx.test'] }, false);
  notes.tls(facts, []);
  notes.judged(() => {
    made += 1;
    return { level: 'may', word: 'Untrusted', ok: true, words: [] };
  });
  notes.offered({ recipients: [{ address: 'b@example.net' }] });
  notes.sent(Buffer.from('content'), true);
  notes.outcome([{ outcome: 'deferred', dsn: '4.0.0', reason: 'later', scope: 'message' }]);
  notes.trouble('trouble');
  notes.ended();
  return { made };
}

test('where nobody listens, nothing is made and no clock is read', () => {
  let clock = 0;
  const now = (): number => (clock += 1);
  const events: SessionEvent[] = [];
  const deaf = () => ({ listens: false, note: (event: SessionEvent) => events.push(event) });
  expect(everything(new SessionNotes(target, { now }))).toEqual({ made: 0 });
  expect(everything(new SessionNotes(target, { now, observe: deaf }))).toEqual({ made: 0 });
  expect(events).toEqual([]);
  expect(clock).toBe(0);
});

test('several observers, each told what it wants', () => {
  const told: [SessionEvent['kind'][], SessionEvent['kind'][]] = [[], []];
  const observe = observeTogether([
    () => ({ listens: true, note: ({ kind }) => told[0].push(kind) }),
    () => ({ listens: false, note: ({ kind }) => told[1].push(kind) }),
  ]);
  expect(everything(new SessionNotes(target, { now: () => 1, observe }))).toEqual({ made: 1 });
  expect(told[0]).toEqual([
    'connected',
    'said',
    'heard',
    'tls',
    'judged',
    'offered',
    'content',
    'outcome',
    'trouble',
    'ended',
  ]);
  expect(told[1]).toEqual([]);
  expect(observeTogether([])).toBeUndefined();
});

test('content is counted in one event, whatever the number of writes', () => {
  const events: SessionEvent[] = [];
  const observe = () => ({ listens: true, note: (event: SessionEvent) => events.push(event) });
  const notes = new SessionNotes(target, { now: () => 7, observe });
  for (let write = 0; write < 100; write += 1) notes.sent(Buffer.alloc(1_000), true);
  notes.heard({ code: 250, lines: ['250 ok'] }, true);
  expect(events).toEqual([
    { at: 7, kind: 'content', octets: 100_000, secure: true },
    { at: 7, kind: 'heard', code: 250, lines: ['250 ok'], secure: true },
  ]);
});

test.each([
  ['of usual length are described when somebody looks', 1_500, 3, 3],
  ['that are long are described at once, and not kept', 10_000, 150, 6],
])('certificates %s', (_, octets, count, lines) => {
  const events: SessionEvent[] = [];
  const observe = () => ({ listens: true, note: (event: SessionEvent) => events.push(event) });
  let looked = 0;
  const certificate = new Proxy(new Uint8Array(octets), {
    get(target, name) {
      if (name !== 'length') looked += 1;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const notes = new SessionNotes(target, { now: () => 7, observe });
  notes.tls(
    facts,
    Array.from({ length: count }, () => certificate),
  );
  expect(looked > 0).toBe(count === 150);
  const [event] = events;
  if (event?.kind !== 'tls') throw new Error('no event');
  expect(event.chain).toHaveLength(lines);
  expect(event.chain[0]).toBe('depth 0: cannot be read');
});
