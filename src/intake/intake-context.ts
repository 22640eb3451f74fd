import type { MemoryBudget } from '../core/memory-budget.ts';
import type { IntakeOptions, IntakePorts } from './intake-options.ts';
import type { Admission } from './admission.ts';

/** What the sessions share. */
export interface IntakeContext {
  readonly options: IntakeOptions;
  readonly ports: IntakePorts;
  readonly admission: Admission;
  /** Memory for envelopes and contents on their way to the queue. */
  readonly memory: MemoryBudget;
  /** Messages on their way to the queue. The promises never reject. */
  readonly underWay: Set<Promise<unknown>>;
}
