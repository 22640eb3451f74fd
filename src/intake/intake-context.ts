import type { LoginFailures } from '../core/sasl-server/login-failures.ts';
import type { MemoryBudget } from '../core/memory-budget.ts';
import type { IntakeOptions, IntakePorts } from './intake-options.ts';
import type { Admission } from './admission.ts';

/** What the sessions share. */
export interface IntakeContext {
  readonly options: IntakeOptions;
  readonly ports: IntakePorts;
  readonly admission: Admission;
  /** Logins that failed, of all sessions. */
  readonly failures: LoginFailures;
  /** Memory for envelopes and contents on their way to the queue. */
  readonly memory: MemoryBudget;
  /** Messages on their way to the queue. The promises never reject. */
  readonly underWay: Set<Promise<unknown>>;
}
