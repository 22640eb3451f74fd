import { connect, type Socket } from 'node:net';
import type { Component } from '../core/log/log-event.ts';
import { streamHeader } from './journal.ts';
import type { Line, Outlet, ReadyOutlet } from './line.ts';

/** Most octets handed over at once; as many may wait in a stream besides what the kernel holds. */
const MOST_AT_ONCE = 65_536;

/**
 * Writes lines into the journal of systemd. The words before a line there (`NAME/component[pid]`) are given once, when
 * a stream is opened, so each component has a stream of its own. If a stream cannot be opened, or breaks, `otherwise`
 * replaces it (the standard output, which leads to the same journal); those lines lack only their component.
 */
export class JournalOutlet implements ReadyOutlet {
  readonly #streams = new Map<Component, JournalStream>();
  readonly #socketPath: string;
  readonly #syslogName: string;
  readonly #otherwise: Outlet;
  #ready = (): void => {};

  constructor(socketPath: string, syslogName: string, components: readonly Component[], otherwise: Outlet) {
    this.#socketPath = socketPath;
    this.#syslogName = syslogName;
    this.#otherwise = otherwise;
    for (const component of components) this.#stream(component);
  }

  onReady(tell: () => void): void {
    this.#ready = tell;
  }

  write(lines: readonly Line[]): number {
    if (!this.#resend()) return 0;
    let taken = 0;
    while (taken < lines.length) {
      const run = sameComponent(lines, taken);
      const stream = this.#stream(run[0]?.component ?? 'master');
      const count = stream.state === 'broken' ? this.#otherwise.write(run) : stream.write(run);
      taken += count;
      if (count < run.length) break;
    }
    return taken;
  }

  /** No event will come any more, so what a stream does not take at once goes to the standard output. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close();
  }

  /** Writes first what broken streams had not handed on; true when all of it is out. */
  #resend(): boolean {
    for (const stream of this.#streams.values()) {
      if (stream.state !== 'broken' || stream.unsent.length === 0) continue;
      stream.unsent.splice(0, this.#otherwise.write(stream.unsent));
      if (stream.unsent.length > 0) return false;
    }
    return true;
  }

  #stream(component: Component): JournalStream {
    const known = this.#streams.get(component);
    if (known !== undefined) return known;
    const header = streamHeader(this.#syslogName, component);
    const stream = new JournalStream(this.#socketPath, header, () => this.#ready());
    this.#streams.set(component, stream);
    return stream;
  }
}

class JournalStream {
  state: 'connecting' | 'open' | 'broken' = 'connecting';
  /** Lines that were handed over and, as far as is known, have not got through. */
  readonly unsent: Line[] = [];
  readonly #socket: Socket;
  readonly #ready: () => void;

  constructor(socketPath: string, header: string, ready: () => void) {
    this.#ready = ready;
    // The journal closes its own direction at once, which ends nothing.
    this.#socket = connect({ path: socketPath, allowHalfOpen: true });
    this.#socket.unref();
    this.#socket.resume();
    this.#socket.on('connect', () => {
      this.state = 'open';
      this.#socket.write(header);
      ready();
    });
    for (const end of ['error', 'close']) {
      this.#socket.on(end, () => {
        this.state = 'broken';
        ready();
      });
    }
  }

  close(): void {
    if (this.state !== 'open' || this.#socket.writableLength > 0) this.state = 'broken';
  }

  /** All of them, or none. */
  write(lines: readonly Line[]): number {
    if (this.state !== 'open' || this.#socket.writableLength > 0) return 0;
    this.unsent.push(...lines);
    this.#socket.write(lines.map(({ text }) => text).join(''), (error) => {
      if (error instanceof Error) return;
      this.unsent.splice(0, lines.length);
      if (wasBehind) this.#ready();
    });
    const wasBehind = this.#socket.writableLength > 0;
    return lines.length;
  }
}

function sameComponent(lines: readonly Line[], from: number): readonly Line[] {
  const component = lines[from]?.component;
  let length = 0;
  let end = from;
  for (; lines[end]?.component === component && end < lines.length && length < MOST_AT_ONCE; end += 1) {
    length += lines[end]?.text.length ?? 0;
  }
  return lines.slice(from, end);
}
