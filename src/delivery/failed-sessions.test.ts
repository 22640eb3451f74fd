import { describe, expect, it } from 'vitest';
import type { SessionEvent, SessionHappening } from '../core/delivery/session-event.ts';
import { createFailedSessions } from './failed-sessions.ts';

const target = {
  host: 'mx.test',
  address: '192.0.2.1',
  port: 25,
  errand: { destination: 'x.test', queueId: 'Q1', recipients: () => [] },
};

function wordsOf(event: SessionEvent): readonly string[] {
  if (event.kind === 'said') return [`-> ${event.text}`];
  return event.kind === 'heard' ? event.lines.map((line) => `<- ${line}`) : [event.kind];
}

function watched() {
  const sessions = createFailedSessions(wordsOf);
  let at = 1_000;
  const open = () => {
    const observer = sessions.observe(target);
    return (happening: SessionHappening): void => observer.note({ at: (at += 10), ...happening });
  };
  return { ...sessions, open };
}

const said = (text: string): SessionHappening => ({ kind: 'said', text, secure: true });
const heard = (line: string): SessionHappening => ({ kind: 'heard', code: 450, lines: [line], secure: true });
const offered = (queueId: string): SessionHappening => ({
  kind: 'offered',
  queueId,
  recipients: ['a@x.test'],
});
const outcome = (sent: number, deferred: number): SessionHappening => ({
  kind: 'outcome',
  sent,
  deferred,
  bounced: 0,
  reasons: [],
});

describe('createFailedSessions()', () => {
  it('keeps the beginning and the transaction that failed, not the one before; once', () => {
    const { open, take } = watched();
    const note = open();
    note({ kind: 'connected' });
    note(said('EHLO'));
    for (const event of [offered('Q1'), said('MAIL 1'), outcome(1, 0)]) note(event);
    expect(take('Q1', 'x.test')).toBeUndefined();
    for (const event of [offered('Q2'), said('MAIL 2'), heard('450 later'), outcome(0, 1)]) note(event);
    expect(take('Q1', 'x.test')).toBeUndefined();
    expect(take('Q2', 'x.test')).toEqual([
      '0.000 connected',
      '0.010 -> EHLO',
      '0.050 offered',
      '0.060 -> MAIL 2',
      '0.070 <- 450 later',
      '0.080 outcome',
    ]);
    expect(take('Q2', 'x.test')).toBeUndefined();
  });

  it('a session that was not set up fails for the message for which it was opened', () => {
    const { open, take } = watched();
    const note = open();
    for (const kind of ['connected', 'ended'] as const) {
      note({ kind });
      if (kind === 'connected') note({ kind: 'trouble', text: 'certificate' });
    }
    expect(take('Q1', 'x.test')).toEqual(['0.000 connected', '0.010 trouble', '0.020 ended']);
  });

  it('a host that could not be reached does not take the place of one that was', () => {
    const { open, take } = watched();
    const [first, second] = [open(), open()];
    first({ kind: 'connected' });
    first({ kind: 'trouble', text: 'certificate' });
    second({ kind: 'trouble', text: 'refused' });
    expect(take('Q1', 'x.test')).toEqual(['0.000 connected', '0.010 trouble']);
  });

  it('a host may say what it wants, as long as it wants', () => {
    const { open, take } = watched();
    const note = open();
    note(offered('Q1'));
    for (let times = 0; times < 1_000; times += 1) note(heard('x'.repeat(500)));
    note(outcome(0, 1));
    const lines = take('Q1', 'x.test') ?? [];
    expect(lines.join('').length).toBeLessThan(21_000);
    expect(lines.at(-1)).toMatch(/^=== \d+ events left out$/);
    expect(lines.some((line) => /^=== \d+ lines left out$/.test(line))).toBe(true);
  });

  it('sessions that nobody takes are not kept for ever', () => {
    const { observe, take } = watched();
    for (let each = 0; each < 600; each += 1) {
      observe({ ...target, errand: { ...target.errand, queueId: `Q${each}` } }).note({
        at: 1,
        kind: 'trouble',
        text: 't',
      });
    }
    expect(take('Q87', 'x.test')).toBeUndefined();
    expect(take('Q88', 'x.test')).toEqual(['0.000 trouble']);
  });
});
