import type { LabMessage } from '../../lab/mail-host.ts';
import { Evidence, shown } from './evidence.ts';

export interface Figures {
  /** Messages that got their 250. */
  readonly accepted: number;
  /** Messages that got none in time, and came nevertheless. */
  readonly unasked: number;
  /** Recipients of accepted messages. */
  readonly recipients: number;
  /** `ID RECIPIENT` of those who never got theirs. */
  readonly lost: readonly string[];
  /** Copies beyond the first, for each of which the log says of that queue id: final dot sent, no reply seen. */
  readonly ambiguous: number;
  /** `ID RECIPIENT` of those who got a message twice without that. */
  readonly unexplained: readonly string[];
}

/** What a recipient of a message has got: the queue id of each copy. */
type Copies = readonly string[];

/** Wrong messages of which everything is told. */
const MOST_TOLD = 10;

/** Counts what the hosts took against what clients were told, and keeps what explains the difference. */
export class Tally {
  readonly #accepted = new Map<string, readonly string[]>();
  /** Queue ids of the 250s. */
  readonly #queueIds = new Map<string, string>();
  /** The other way round, for all queue ids that anybody has told of. */
  readonly #ids = new Map<string, string>();
  readonly #copies = new Map<string, Copies>();
  /** Queue id -> recipients of whom the log says that they may get it once more. */
  readonly #ambiguous = new Map<string, number>();
  /** Queue id -> copies beyond the first of each recipient. */
  readonly #extra = new Map<string, number>();
  readonly #evidence: Evidence;

  constructor(now: () => number = Date.now) {
    this.#evidence = new Evidence((queueId) => this.#isOpen(queueId), now);
  }

  accepted(id: string, recipients: readonly string[], queueId: string): void {
    this.#accepted.set(id, recipients);
    this.#queueIds.set(id, queueId);
    this.#ids.set(queueId, id);
    this.#evidence.said(`client: ${queueId} is the 250 of ${id}`);
  }

  arrived(message: LabMessage): void {
    const head = message.data.toString('latin1', 0, 2_000);
    const id = /^X-Id: (\S+)\r$/m.exec(head)?.[1] ?? 'no id';
    const queueId = /\bid (\w+)/.exec(head)?.[1] ?? '';
    this.#ids.set(queueId, id);
    for (const recipient of message.recipients) {
      const key = `${id} ${recipient}`;
      const copies = [...(this.#copies.get(key) ?? []), queueId];
      this.#copies.set(key, copies);
      if (copies.length > 1) this.#extra.set(queueId, (this.#extra.get(queueId) ?? 0) + 1);
      this.#evidence.said(`host: ${queueId} came for ${recipient}, copy ${copies.length} of ${id}`);
    }
  }

  line(line: string): void {
    const found = /(\w+): (?:relay=\S+, )?nrcpt=(\d+), final dot was sent, no reply seen/.exec(line);
    if (found !== null) {
      const [, queueId = '', recipients] = found;
      this.#ambiguous.set(queueId, (this.#ambiguous.get(queueId) ?? 0) + Number(recipients));
    }
    this.#evidence.said(line);
  }

  /** Notes something that concerns no single message: a blow, and who got it. */
  happened(text: string): void {
    this.#evidence.besides(text);
  }

  /** Notes what Redis was told; it is kept if it names a message. */
  command(text: string): void {
    this.#evidence.ofMessages(text);
  }

  /** How many recipients of accepted messages still wait for theirs. */
  get missing(): number {
    return this.#lost().length;
  }

  get handedOver(): number {
    return this.#accepted.size;
  }

  figures(): Figures {
    let ambiguous = 0;
    for (const copies of this.#copies.values()) if (this.#isExplained(copies)) ambiguous += copies.length - 1;
    const ids = new Set([...this.#copies.keys()].map((key) => key.split(' ')[0] ?? ''));
    return {
      accepted: this.#accepted.size,
      unasked: [...ids].filter((id) => !this.#accepted.has(id)).length,
      recipients: [...this.#accepted.values()].flat().length,
      lost: this.#lost(),
      ambiguous,
      unexplained: this.#unexplained(),
    };
  }

  /** All that is known of messages that were lost, or came twice for no reason: what was said of them, line by line. */
  faults(): readonly string[] {
    const wrong = [...this.#unexplained(), ...this.#lost()];
    const told = wrong.slice(0, MOST_TOLD).flatMap((key) => [`--- ${key}`, ...this.#told(key)]);
    const left = wrong.length - MOST_TOLD;
    return left > 0 ? [...told, `--- and ${left} more`] : told;
  }

  #told(key: string): readonly string[] {
    const queueIds = new Set(this.#copies.get(key));
    const accepted = this.#queueIds.get(key.split(' ')[0] ?? '');
    if (accepted !== undefined) queueIds.add(accepted);
    return shown(this.#evidence.of(queueIds));
  }

  /** The log has announced as many copies of these messages as came too many. */
  #isExplained(queueIds: Copies): boolean {
    return queueIds.every((one) => (this.#extra.get(one) ?? 0) <= (this.#ambiguous.get(one) ?? 0));
  }

  #unexplained(): readonly string[] {
    return [...this.#copies]
      .filter(([, copies]) => copies.length > 1 && !this.#isExplained(copies))
      .map(([key]) => key);
  }

  /** What is known of it is needed yet: somebody still waits for it, or has it twice without a reason. */
  #isOpen(queueId: string): boolean {
    const id = this.#ids.get(queueId);
    if (id === undefined) return false;
    const copies = (this.#accepted.get(id) ?? []).map((recipient) => this.#copies.get(`${id} ${recipient}`));
    return copies.some((one) => one === undefined || (one.length > 1 && !this.#isExplained(one)));
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
