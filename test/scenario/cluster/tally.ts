import type { LabMessage } from '../../lab/mail-host.ts';

export interface Figures {
  /** Messages that got their 250. */
  readonly accepted: number;
  /** Messages that got none in time, and came nevertheless. */
  readonly unasked: number;
  /** Recipients of accepted messages. */
  readonly recipients: number;
  /** `ID RECIPIENT` of those who never got theirs. */
  readonly lost: readonly string[];
  /** Copies beyond the first whose queue id the log names: final dot sent, no reply seen. */
  readonly ambiguous: number;
  /** `ID RECIPIENT` of those who got a message twice without that. */
  readonly unexplained: readonly string[];
}

/** Counts what the hosts took against what clients were told. */
export class Tally {
  readonly #accepted = new Map<string, readonly string[]>();
  readonly #copies = new Map<string, { count: number; readonly queueIds: Set<string> }>();
  readonly #ambiguous = new Set<string>();

  accepted(id: string, recipients: readonly string[]): void {
    this.#accepted.set(id, recipients);
  }

  arrived(message: LabMessage): void {
    const head = message.data.toString('latin1', 0, 2_000);
    const id = /^X-Id: (\S+)\r$/m.exec(head)?.[1] ?? 'no id';
    const queueId = /\bid (\w+)/.exec(head)?.[1] ?? '';
    for (const recipient of message.recipients) {
      const key = `${id} ${recipient}`;
      const seen = this.#copies.get(key) ?? { count: 0, queueIds: new Set<string>() };
      seen.count += 1;
      seen.queueIds.add(queueId);
      this.#copies.set(key, seen);
    }
  }

  line(line: string): void {
    const queueId = /(\w+): (?:relay=\S+, )?nrcpt=\d+, final dot was sent, no reply seen/.exec(line)?.[1];
    if (queueId !== undefined) this.#ambiguous.add(queueId);
  }

  /** How many recipients of accepted messages still wait for theirs. */
  get missing(): number {
    return this.#lost().length;
  }

  get handedOver(): number {
    return this.#accepted.size;
  }

  figures(): Figures {
    const unexplained: string[] = [];
    let ambiguous = 0;
    for (const [key, { count, queueIds }] of this.#copies) {
      if (count < 2) continue;
      if ([...queueIds].some((id) => this.#ambiguous.has(id))) ambiguous += count - 1;
      else unexplained.push(key);
    }
    const ids = new Set([...this.#copies.keys()].map((key) => key.split(' ')[0] ?? ''));
    return {
      accepted: this.#accepted.size,
      unasked: [...ids].filter((id) => !this.#accepted.has(id)).length,
      recipients: [...this.#accepted.values()].flat().length,
      lost: this.#lost(),
      ambiguous,
      unexplained,
    };
  }

  #lost(): readonly string[] {
    const lost: string[] = [];
    for (const [id, recipients] of this.#accepted) {
      for (const recipient of recipients) {
        if (!this.#copies.has(`${id} ${recipient}`)) lost.push(`${id} ${recipient}`);
      }
    }
    return lost;
  }
}
