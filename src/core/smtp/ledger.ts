import type { DeliveryStatus } from '../mail/status.ts';

/** What is known of each recipient during a transaction. The first status of a recipient stands. */
export class Ledger {
  readonly #statuses: (DeliveryStatus | undefined)[];

  /** `recipients` is the number of them. */
  constructor(recipients: number) {
    this.#statuses = Array.from<DeliveryStatus | undefined>({ length: recipients });
  }

  settle(index: number, status: DeliveryStatus): void {
    this.#statuses[index] ??= status;
  }

  /** Gives all recipients without a status this one. */
  settleOpen(status: DeliveryStatus): void {
    for (const index of this.#statuses.keys()) this.settle(index, status);
  }

  /** One for each recipient, in order. Throws while recipients are open: leaving one out would lose mail. */
  statuses(): readonly DeliveryStatus[] {
    return this.#statuses.map((status, index) => {
      if (status === undefined) throw new Error(`No status for recipient ${index}: transaction is not over`);
      return status;
    });
  }
}
