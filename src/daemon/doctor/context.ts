import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import type { Role } from '../../config/role.ts';
import type { RedisSight } from '../../queue/look-at-redis.ts';
import type { Health } from '../../status/status-server.ts';
import type { SeenListener } from './dial-listener.ts';
import type { Resolving } from '../resolving.ts';

/** What the operator asks for besides the settings. */
export interface DoctorWishes {
  /** Domains whose mail hosts are dialled. */
  readonly domains: readonly string[];
  /** Domains of senders, besides those that the settings name. */
  readonly senders: readonly string[];
  /** Addresses from which others see our mail. Empty: as this machine knows them. */
  readonly addresses: readonly string[];
}

/** A process of the relay that answers. */
export interface Running {
  readonly role: Role;
  readonly health: Health;
  /** Undefined where it cannot be seen. */
  readonly pid: number | undefined;
}

/** The Redis of the settings, or why it cannot be used. */
export type SeenRedis =
  | { readonly kind: 'seen'; readonly address: string; readonly sight: RedisSight; readonly isTrial: boolean }
  | { readonly kind: 'away'; readonly address: string; readonly why: string };

/** What the checks have in common. Each is found out once, by the first that needs it. */
export interface DoctorContext {
  readonly config: Config;
  readonly environment: Environment;
  readonly settingsFile: string | undefined;
  readonly version: string;
  readonly wishes: DoctorWishes;
  readonly dataDir: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly hostname: () => Promise<string>;
  readonly running: () => Promise<readonly Running[]>;
  /** As the relay has it: the configured resolvers, otherwise a private Unbound that is started for this. */
  readonly resolving: () => Promise<Resolving>;
  readonly redis: () => Promise<SeenRedis>;
  /** The listeners of the settings, dialled while a relay runs. */
  readonly listeners: () => Promise<readonly SeenListener[]>;
}
