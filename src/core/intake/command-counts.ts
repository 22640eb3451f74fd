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

/** What a client did in its session: `ehlo=1 mail=1 rcpt=0/1 commands=2/3`. */
export class CommandCounts {
  readonly #counts = new Map<string, Count>();
  #current: Count = { ok: 0, all: 0 };
  #succeeding = false;

  /** Counts a command, as a success until failed() is called. */
  begin(verb: string): void {
    const name = verb.toLowerCase();
    const key = order.includes(name) ? name : 'unknown';
    let count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, (count = { ok: 0, all: 0 }));
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
    for (const name of order) {
      const count = this.#counts.get(name);
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
