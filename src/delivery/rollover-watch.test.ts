import { describe, expect, it } from 'vitest';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { TlsaRecord } from '../core/dns/record.ts';
import type { RecordWatch } from '../core/rollover/watched-records.ts';
import { createRolloverWatch, type RolloverWatch, type WatchStore } from './rollover-watch.ts';

const name = '_25._tcp.mx.x.test';
const record = (octet: number): TlsaRecord => ({
  usage: 3,
  selector: 1,
  matching: 1,
  data: Uint8Array.of(octet),
});
const found = (octet: number): Answer<TlsaRecord> => ({
  kind: 'found',
  records: [record(octet)],
  secure: true,
  name,
  aliases: [],
  ttl: 300,
});

/** After a certificate did not match that record. */
function mismatch(octet: number): readonly Attempt[] {
  const status = { tlsFault: { kind: 'certificate', host: 'mx.x.test', level: 'dane' } };
  const host = { status, refused: { shown: {}, published: [record(octet)] } };
  const trail = () => ({ lookups: [{ name, type: 'TLSA', at: 0, answer: found(octet) }], leftOut: 0 });
  return [{ evidence: { hosts: [host], trail } }] as unknown as readonly Attempt[];
}

const redisAway = Object.assign(new Error('Redis is away'), { code: 'QUEUE_UNAVAILABLE' });

/** A queue of one relay, in memory. */
class Lab {
  now = 0;
  answer: Answer<TlsaRecord> = found(1);
  asked = 0;
  starts = 0;
  most = 9;
  away = false;
  readonly stopping = new AbortController();
  /** Before mail is due. */
  meanwhile: () => Promise<void> = async () => {};
  readonly stored: Map<string, RecordWatch>;
  readonly lines: string[] = [];
  readonly forward: string[] = [];
  readonly relay: RolloverWatch;

  constructor(stored = new Map<string, RecordWatch>()) {
    this.stored = stored;
    this.relay = this.another();
  }

  another(): RolloverWatch {
    return createRolloverWatch({
      store: this.#store(),
      lookup: (async () => {
        this.asked += 1;
        return this.answer;
      }) as unknown as Lookup,
      rules: { shortestMs: 60_000 },
      restMs: 300_000,
      log: ({ text }) => this.lines.push(text),
      now: () => this.now,
      stopping: this.stopping.signal,
    });
  }

  /** @param relay which looks */
  async lookAt(now: number, relay = this.relay): Promise<void> {
    this.now = now;
    await relay.look();
  }

  async fail(octet: number, destination = 'x.test'): Promise<void> {
    this.relay.failed(destination, mismatch(octet));
    await settled();
  }

  #store(): WatchStore {
    return {
      all: async () => {
        if (this.away) throw redisAway;
        return new Map([...this.stored].map(([destination, { nextAt }]) => [destination, nextAt]));
      },
      read: async (destination) => this.stored.get(destination),
      start: async (destination, watch) => {
        this.starts += 1;
        if (this.away) throw redisAway;
        if (!this.stored.has(destination) && this.stored.size >= this.most) return false;
        this.stored.set(destination, watch);
        return true;
      },
      goOn: async (destination, watch, before) => {
        if (JSON.stringify(this.stored.get(destination)) !== JSON.stringify(before)) return false;
        this.stored.set(destination, watch);
        return true;
      },
      takeDue: async (now, most) =>
        [...this.stored]
          .filter(([, { nextAt }]) => nextAt <= now)
          .slice(0, most)
          .map(([destination, watch]) => ({ destination, watch })),
      end: async (destination) => void this.stored.delete(destination),
      bringForward: async (destination, signal) => {
        await this.meanwhile();
        signal.throwIfAborted();
        return this.forward.push(destination);
      },
    };
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createRolloverWatch()', () => {
  it('asks when the answer ends, and makes mail due once the records are others', async () => {
    const lab = new Lab();
    await lab.fail(1);
    await lab.lookAt(300_000);
    expect(lab.asked).toBe(0);
    await lab.lookAt(301_000);
    expect(lab.asked).toBe(1);
    expect(lab.forward).toEqual([]);
    lab.answer = found(2);
    await lab.lookAt(602_000);
    expect(lab.forward).toEqual(['x.test']);
    await lab.lookAt(1_900_000);
    expect(lab.forward).toEqual(['x.test']);
    expect(lab.lines).toEqual([
      `x.test: no certificate matches ${name}: the records are watched, first in 301s`,
      `x.test: ${name} has other records: 1 message tried at once`,
    ]);
  });

  it('is written down once, however much mail fails alike, and anew when it fails otherwise', async () => {
    const lab = new Lab();
    for (let nth = 0; nth < 5; nth += 1) await lab.fail(1);
    expect(lab.starts).toBe(1);
    await lab.fail(2);
    expect(lab.starts).toBe(2);
  });

  it.each(['while mail is made due', 'afterwards'])(
    'records of before that a relay still uses %s are watched again, after twice the time',
    async (when) => {
      const lab = new Lab();
      const other = lab.another();
      await lab.fail(1);
      lab.answer = found(2);
      if (when === 'while mail is made due') lab.meanwhile = () => lab.fail(1);
      // The other one sees the change. This one, which delivers, has its cache.
      await lab.lookAt(301_000, other);
      if (when === 'afterwards') await lab.fail(1);
      lab.meanwhile = async () => {};
      await lab.lookAt(420_999, other);
      expect(lab.forward).toHaveLength(1);
      await lab.lookAt(421_001, other);
      expect(lab.forward).toHaveLength(2);
      expect(lab.stored.get('x.test')).toMatchObject({ changes: 2 });
    },
  );

  it('a crash while mail is made due: it is made due once more', async () => {
    const lab = new Lab();
    await lab.fail(1);
    lab.answer = found(2);
    lab.meanwhile = () => Promise.reject(redisAway);
    await lab.lookAt(301_000);
    expect(lab.forward).toEqual([]);
    lab.meanwhile = async () => {};
    await lab.lookAt(602_000);
    expect(lab.forward).toEqual(['x.test']);
  });

  it('a stop while mail is made due: another relay makes it due once more, and nobody calls it a bug', async () => {
    const lab = new Lab();
    await lab.fail(1);
    lab.answer = found(2);
    lab.meanwhile = async () => lab.stopping.abort();
    await lab.lookAt(301_000);
    expect(lab.forward).toEqual([]);
    expect(lab.lines.slice(1)).toEqual([]);
    lab.relay.atWork('x.test');
    await settled();
    lab.meanwhile = async () => {};
    const next = new Lab(lab.stored);
    next.answer = lab.answer;
    await next.lookAt(602_000);
    expect(next.forward).toEqual(['x.test']);
  });

  it('of messages that fail alike at the same moment, one is written down', async () => {
    const lab = new Lab();
    for (let nth = 0; nth < 5; nth += 1) lab.relay.failed('x.test', mismatch(1));
    lab.relay.failed('x.test', mismatch(2));
    await settled();
    expect(lab.starts).toBe(2);
    lab.stored.clear();
    await lab.fail(1);
    expect(lab.starts).toBe(3);
  });

  it('of very many destinations that work again, the oldest may be made due once more', async () => {
    const lab = new Lab();
    lab.most = 2_000;
    const works = async (destination: string): Promise<void> => {
      await lab.fail(1, destination);
      lab.relay.atWork(destination);
      await settled();
    };
    for (let nth = 0; nth < 1_000; nth += 1) await works(`${nth}.test`);
    await works('0.test');
    expect(lab.forward).toHaveLength(1_000);
    await works('1000.test');
    await works('1.test');
    expect(lab.forward).toHaveLength(1_001);
    await works('0.test');
    expect(lab.forward).toHaveLength(1_002);
  });

  it('believes neither what is not signed nor what could not be asked', async () => {
    const lab = new Lab();
    await lab.fail(1);
    lab.answer = { ...found(2), secure: false } as Answer<TlsaRecord>;
    await lab.lookAt(400_000);
    lab.answer = { kind: 'failed', cause: 'SERVFAIL', detail: '' };
    await lab.lookAt(800_000);
    expect(lab.asked).toBe(2);
    expect(lab.forward).toEqual([]);
    expect(lab.stored.size).toBe(1);
  });

  it('a success ends it, and makes mail due at most once in a while', async () => {
    const lab = new Lab();
    lab.relay.atWork('x.test');
    await settled();
    expect(lab.forward).toEqual([]);
    await lab.fail(1);
    lab.relay.atWork('x.test');
    await settled();
    expect(lab.stored.size).toBe(0);
    expect(lab.forward).toEqual(['x.test']);
    await lab.fail(1);
    lab.relay.atWork('x.test');
    await settled();
    expect(lab.stored.size).toBe(0);
    expect(lab.forward).toEqual(['x.test']);
    lab.now = 300_000;
    await lab.fail(1);
    lab.relay.atWork('x.test');
    await settled();
    expect(lab.forward).toEqual(['x.test', 'x.test']);
  });

  it('another relay, or the same one after a restart, goes on', async () => {
    const lab = new Lab();
    await lab.fail(1);
    const other = lab.another();
    await lab.lookAt(0, other);
    other.atWork('x.test');
    await settled();
    expect(lab.forward).toEqual(['x.test']);
  });

  it('says once an hour that there are too many', async () => {
    const lab = new Lab();
    lab.most = 1;
    for (const destination of ['a.test', 'b.test', 'c.test']) await lab.fail(1, destination);
    lab.now = 3_600_000;
    await lab.fail(1, 'd.test');
    expect([...lab.stored.keys()]).toEqual(['a.test']);
    const told = lab.lines.filter((line) => line.includes('are not watched'));
    expect(told.map((line) => line.slice(0, 6))).toEqual(['b.test', 'd.test']);
  });

  it('Redis that is away stops nothing', async () => {
    const lab = new Lab();
    lab.away = true;
    await lab.fail(1);
    await lab.lookAt(1);
    lab.away = false;
    await lab.lookAt(2);
    await lab.fail(1);
    expect(lab.stored.size).toBe(1);
    expect(lab.lines.filter((line) => line.includes('internal error'))).toEqual([]);
  });

  it('a mistake of ours is told', async () => {
    const lab = new Lab();
    await lab.fail(1);
    lab.answer = undefined as unknown as Answer<TlsaRecord>;
    await lab.lookAt(301_000);
    expect(lab.lines.at(-1)).toMatch(
      /^internal error, TLSA records are not watched as they should be: TypeError/,
    );
  });
});
