/** Order in which the commands appear, as in Postfix. */
const order = [
  'helo',
  'ehlo',
  'starttls',
  'auth',
  'xclient',
  'xforward',
  'mail',
  'rcpt',
  'data',
  'rset',
  'noop',
  'vrfy',
  'quit',
  'unknown',
];

interface Count {
  ok: number;
  all: number;
}

/** Verb in upper case -> its place in the order. */
const places: ReadonlyMap<string, number> = new Map(order.map((name, place) => [name.toUpperCase(), place]));
const unknown = order.indexOf('unknown');

/** What a client did in its session: `ehlo=1 mail=1 rcpt=0/1 commands=2/3`. */
export class CommandCounts {
  /** By place in the order. */
  readonly #counts: (Count | undefined)[] = [];
  #current: Count = { ok: 0, all: 0 };
  #succeeding = false;

  /** Counts a command, as a success until failed() is called. @param verb in upper case */
  begin(verb: string): void {
    const place = places.get(verb) ?? unknown;
    const count = (this.#counts[place] ??= { ok: 0, all: 0 });
    count.ok += 1;
    count.all += 1;
    this.#current = count;
    this.#succeeding = true;
  }

  /** The last command got a 4xx or 5xx reply. */
  failed(): void {
    if (this.#succeeding) this.#current.ok -= 1;
    this.#succeeding = false;
  }

  /** Tail of the `disconnect from` line. */
  toString(): string {
    const parts: string[] = [];
    const sum = { ok: 0, all: 0 };
    for (const [place, name] of order.entries()) {
      const count = this.#counts[place];
      if (count === undefined) continue;
      parts.push(`${name}=${ratio(count)}`);
      sum.ok += count.ok;
      sum.all += count.all;
    }
    return [...parts, `commands=${ratio(sum)}`].join(' ');
  }
}

function ratio(count: Count): string {
  return count.ok === count.all ? `${count.all}` : `${count.ok}/${count.all}`;
}
