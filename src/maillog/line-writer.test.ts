import { describe, expect, it } from 'vitest';
import { LineWriter } from './line-writer.ts';
import type { Line } from './line.ts';

/** A disk, a reader and a clock in the hands of the test. */
function setup({ gatherMs = 0 } = {}) {
  const written: string[] = [];
  let now = 0;
  let takes = Infinity;
  let refusal: string | undefined;
  let turn: (() => void)[] = [];
  let timers: { at: number; work: () => void }[] = [];
  const refusals: string[] = [];
  let attempts = 0;
  const writer = new LineWriter({
    outlet: {
      write(lines) {
        attempts += 1;
        if (refusal !== undefined) throw new Error(refusal);
        const taken = lines.slice(0, takes);
        written.push(...taken.map(({ text }) => text));
        return taken.length;
      },
    },
    gatherMs,
    now: () => now,
    afterTurn: (work) => void turn.push(work),
    later: (ms, work) => void timers.push({ at: now + ms, work }),
    missing: (count, reason) => line(`${count} missing: ${reason}`),
    onRefusal: (reason) => void refusals.push(reason),
  });
  return {
    writer,
    written,
    refusals,
    attempts: () => attempts,
    takes: (count: number) => void (takes = count),
    refuses: (reason: string | undefined) => void (refusal = reason),
    endTurn() {
      const works = turn;
      turn = [];
      for (const work of works) work();
    },
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers = timers.filter((one) => one !== due);
        now = due.at;
        due.work();
      }
      now = end;
    },
  };
}

function line(text: string): Line {
  return { component: 'smtp', text };
}

const long = 'x'.repeat(1023);
const fourMebi = 4096;

describe('LineWriter', () => {
  it('writes ordinary lines together when the turn is over', () => {
    const { writer, written, endTurn, attempts } = setup();
    for (const text of ['a', 'b', 'c']) writer.write(line(text), false);
    expect(written).toEqual([]);
    endTurn();
    expect(written).toEqual(['a', 'b', 'c']);
    expect(attempts()).toBe(1);
  });

  it('writes lines together that come within a moment of the last write', () => {
    const { writer, written, endTurn, pass, attempts } = setup({ gatherMs: 5 });
    writer.write(line('a'), false);
    endTurn();
    expect(written).toEqual(['a']);
    for (const text of ['b', 'c']) {
      writer.write(line(text), false);
      endTurn();
      pass(1);
    }
    expect(written).toEqual(['a']);
    pass(4);
    expect(written).toEqual(['a', 'b', 'c']);
    expect(attempts()).toBe(2);
  });

  it('lets an urgent line take along what waits for a moment, and writes nothing twice', () => {
    const { writer, written, endTurn, pass } = setup({ gatherMs: 5 });
    writer.write(line('a'), false);
    endTurn();
    writer.write(line('b'), false);
    writer.write(line('c'), true);
    expect(written).toEqual(['a', 'b', 'c']);
    pass(10);
    expect(written).toEqual(['a', 'b', 'c']);
  });

  it('writes an urgent line at once, after those before it', () => {
    const { writer, written } = setup();
    writer.write(line('a'), false);
    writer.write(line('b'), true);
    expect(written).toEqual(['a', 'b']);
  });

  it('does not wait for the end of a turn in which very much is said', () => {
    const { writer, written } = setup();
    for (let nth = 0; nth < 100; nth += 1) writer.write(line(long), false);
    expect(written.length).toBeGreaterThan(60);
  });

  it('keeps what is not taken, in order, and tries again by itself', () => {
    const { writer, written, takes, endTurn, pass } = setup();
    takes(2);
    for (const text of ['a', 'b', 'c']) writer.write(line(text), false);
    endTurn();
    writer.write(line('d'), true);
    expect(written).toEqual(['a', 'b']);
    takes(Infinity);
    pass(100);
    expect(written).toEqual(['a', 'b', 'c', 'd']);
    expect(writer.figures().waiting).toBe(0);
  });

  it('keeps 4 Mi characters, drops what comes then, and says how many lines are missing where they are', () => {
    const { writer, written, takes, pass } = setup();
    takes(0);
    for (let nth = 0; nth < fourMebi + 900; nth += 1) writer.write(line(`${long}\n`), true);
    expect(writer.figures()).toEqual({ dropped: 900, failures: 0, waiting: fourMebi });
    takes(1500);
    pass(50);
    // A little room: nobody passes those that are missing.
    writer.write(line('late'), true);
    expect(writer.figures().dropped).toBe(901);
    pass(50);
    writer.write(line('after'), true);
    takes(Infinity);
    pass(50);
    expect(written.slice(fourMebi - 1)).toEqual([`${long}\n`, '901 missing: nobody reads it', 'after']);
    expect(writer.figures()).toEqual({ dropped: 901, failures: 0, waiting: 0 });
    expect(writer.trouble()).toBeUndefined();
  });

  it('counts what is refused, tells once, tries once a second, and says why lines are missing', () => {
    const { writer, written, refuses, refusals, attempts, pass } = setup();
    refuses('ENOSPC: no space left on device, write');
    for (let nth = 0; nth < fourMebi + 10; nth += 1) writer.write(line(`${long}\n`), true);
    pass(10_000);
    expect(refusals).toEqual(['ENOSPC: no space left on device, write']);
    expect(attempts()).toBe(11);
    expect(writer.figures()).toMatchObject({ dropped: 10, failures: 11 });
    expect(writer.trouble()).toBe('ENOSPC: no space left on device, write; 4096 lines wait, 10 are lost');
    refuses(undefined);
    pass(1000);
    expect(written.at(-1)).toBe('10 missing: ENOSPC: no space left on device, write');
    expect(writer.trouble()).toBeUndefined();
    refuses('EIO: i/o error, write');
    writer.write(line('a'), true);
    expect(refusals.at(-1)).toBe('EIO: i/o error, write');
  });

  it('is patient with a reader that is behind, for five seconds without a line taken', () => {
    const { writer, takes, pass } = setup();
    takes(0);
    writer.write(line('a'), true);
    pass(4_900);
    expect(writer.trouble()).toBeUndefined();
    takes(1);
    writer.write(line('b'), true);
    pass(100);
    takes(0);
    writer.write(line('c'), true);
    pass(4_000);
    expect(writer.trouble()).toBeUndefined();
    pass(2_000);
    expect(writer.trouble()).toBe('nobody reads it; 1 lines wait');
  });
});
