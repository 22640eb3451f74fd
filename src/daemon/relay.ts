import type { Config } from '../config/config.ts';
import type { Role } from '../config/role.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Observed } from './observed.ts';
import type { Metrics } from '../status/metrics.ts';
import type { StatusRoute } from '../status/route.ts';
import type { Parts } from './parts.ts';
import type { Problems } from './problems.ts';
import type { Shutdown } from './shutdown.ts';

/** What every part of the relay is started with. */
export interface Relay {
  readonly config: Config;
  readonly role: Role;
  readonly dataDir: string;
  readonly log: Log;
  /** Each started part is added to all of these. */
  readonly parts: Parts;
  readonly problems: Problems;
  readonly observed: Observed;
  /** What is counted of its work. */
  readonly metrics: Pick<Metrics, 'meters' | 'queue'>;
  readonly shutdown: Shutdown;
  /** What the status server answers. Parts add theirs as they start. */
  readonly routes: StatusRoute[];
}
