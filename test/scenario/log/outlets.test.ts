import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescriptorOutlet, openLogFile } from '../../../src/maillog/descriptor-outlet.ts';
import { JournalOutlet } from '../../../src/maillog/journal-outlet.ts';
import type { Line } from '../../../src/maillog/line.ts';

/** What takes lines only now and then: every line goes through once, whole and in its turn. */

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-outlets-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Of all lengths, some longer than a pipe takes at once, some of more octets than characters. */
function manyLines(count: number, component: Line['component'] = 'smtp'): Line[] {
  return Array.from({ length: count }, (_, nth) => {
    const filler = (nth % 7 === 0 ? 'ü' : 'x').repeat((nth * 37) % 6_000);
    return { component, text: `${component} ${nth} ${filler}\n` };
  });
}

const textOf = (lines: readonly Line[]): string => lines.map(({ text }) => text).join('');

describe('DescriptorOutlet', () => {
  it('goes on where a full pipe made it stop, be it within a line', () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const outlet = new DescriptorOutlet(openLogFile(fifo));
    const lines = manyLines(300);
    const read: Buffer[] = [];
    const some = Buffer.alloc(3_000);
    let left = lines;
    let stops = 0;
    while (left.length > 0) {
      const taken = outlet.write(left);
      if (taken < left.length) stops += 1;
      left = left.slice(taken);
      const count = readSync(reader, some);
      read.push(Buffer.from(some.subarray(0, count)));
    }
    for (;;) {
      try {
        read.push(Buffer.from(some.subarray(0, readSync(reader, some))));
      } catch {
        break; // EAGAIN: it is empty.
      }
    }
    closeSync(reader);
    expect(stops).toBeGreaterThan(100);
    expect(Buffer.concat(read).toString()).toBe(textOf(lines));
  });

  it('writes a line that a full pipe cut as a whole where it goes on', () => {
    const fifo = join(directory, 'cut');
    execFileSync('mkfifo', [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const outlet = new DescriptorOutlet(openLogFile(fifo));
    const lines = Array.from({ length: 30 }, (_, nth) => ({
      component: 'smtp' as const,
      text: `${nth} ${'x'.repeat(5_000)}\n`,
    }));
    const taken = outlet.write(lines);
    expect(taken).toBeLessThan(20);
    const file = join(directory, 'whole.log');
    outlet.replace(openLogFile(file));
    expect(outlet.write(lines.slice(taken))).toBe(lines.length - taken);
    expect(readFileSync(file, 'utf8')).toBe(textOf(lines.slice(taken)));
    closeSync(reader);
  });

  it('throws what the operating system says, once no line is taken any more', () => {
    const outlet = new DescriptorOutlet(openLogFile('/dev/full'));
    expect(() => outlet.write(manyLines(3))).toThrow('ENOSPC');
  });

  it('does not wait for somebody to open the other end of a FIFO', () => {
    const fifo = join(directory, 'lonely');
    execFileSync('mkfifo', [fifo]);
    expect(() => openLogFile(fifo)).toThrow('ENXIO');
  });
});

describe('JournalOutlet', () => {
  it('hands over what a busy journal takes, in order, and keeps little of it', async () => {
    const socketPath = join(directory, 'journal');
    const heard = new Map<string, Buffer[]>();
    const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      socket.end();
      const parts: Buffer[] = [];
      heard.set(`stream ${heard.size}`, parts);
      socket.on('data', (part: Buffer) => {
        parts.push(part);
        // A journal that has other things to do.
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
    });
    server.listen(socketPath);
    await once(server, 'listening');
    const outlet = new JournalOutlet(
      socketPath,
      'name',
      ['smtp', 'qmgr'],
      new DescriptorOutlet(openLogFile('/dev/null')),
    );
    const smtp = manyLines(600);
    const qmgr = manyLines(600, 'qmgr');
    // A few of the one, a few of the other.
    let left = Array.from({ length: 60 }, (_, nth) =>
      [smtp, qmgr].flatMap((all) => all.slice(nth * 10, nth * 10 + 10)),
    ).flat();
    let stops = 0;
    let ready = (): void => {};
    outlet.onReady(() => ready());
    while (left.length > 0) {
      const isReady = new Promise<void>((resolve) => (ready = resolve));
      const taken = outlet.write(left);
      left = left.slice(taken);
      if (left.length === 0) break;
      stops += 1;
      await isReady;
    }
    const all = (): string[] => [...heard.values()].map((parts) => Buffer.concat(parts).toString());
    const whole = [smtp, qmgr].map(
      (lines) => `name/${lines[0]?.component}\n\n22\n1\n0\n0\n0\n${textOf(lines)}`,
    );
    while (all().join('').length < whole.join('').length) await turn();
    expect(all().toSorted()).toEqual(whole.toSorted());
    expect(stops).toBeGreaterThan(3);
    server.close();
  });
});
