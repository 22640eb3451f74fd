import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import type { LoginVerifier } from '../core/sasl-server/login-verifier.ts';
import type { IntakeListener } from '../intake/intake-options.ts';
import { startIntake, type Intake } from '../intake/server/smtp-intake.ts';
import type { Queue } from '../queue/open-queue.ts';
import { acceptSubmission } from './accept-submission.ts';
import type { Meters } from '../status/meters.ts';
import { historyLimits, type Telling } from './history.ts';
import { createReturning } from './reporting.ts';
import type { AddressMaps } from './address-maps.ts';
import type { Signing } from './signing.ts';
import type { SenderRules } from './sender-rights.ts';
import type { Transports } from './transports.ts';

export interface AcceptingParts {
  readonly config: Config;
  readonly listeners: readonly IntakeListener[];
  readonly hostname: string;
  readonly queue: Queue;
  readonly transports: Transports;
  readonly addressMaps: AddressMaps;
  readonly signing: Pick<Signing, 'sign'>;
  /** Absent: nobody may log in. */
  readonly logins: LoginVerifier | undefined;
  readonly senderRules: Pick<SenderRules, 'refusal'>;
  readonly telling: Telling;
  readonly newQueueId: () => string;
  readonly meters: Pick<Meters, 'accepted'>;
  readonly log: Log;
}

/** Starts the intake. A message is in the queue, for each next hop, before the client is told 250. */
export function startAccepting({
  config,
  listeners,
  hostname,
  queue,
  transports,
  addressMaps,
  signing,
  logins,
  senderRules,
  telling,
  newQueueId,
  meters,
  log,
}: AcceptingParts): Promise<Intake> {
  const accept = acceptSubmission({
    queue,
    transports,
    signing,
    limits: historyLimits(config),
    telling,
    log,
    accepted: (tookMs) => meters.accepted(tookMs),
  });
  const cidr = ({ address, prefix }: Config['networks'][number]): string => `${address}/${prefix}`;
  const { appendOrigin, ...settings } = config.intake;
  return startIntake(
    {
      ...settings,
      ...(appendOrigin !== 'none' && { appendOrigin: appendOrigin || hostname }),
      messageDropHeaders: new Set(settings.messageDropHeaders),
      listeners,
      hostname,
      networks: config.networks.map(cidr),
      clientEventLimitExceptions: config.intake.clientEventLimitExceptions.map(cidr),
    },
    {
      accept,
      returning: createReturning({ config, hostname, queue, transports, signing, newQueueId, log }),
      rewriting: addressMaps,
      storeRefusal: () => queue.refusal(),
      ...(logins !== undefined && { logins }),
      senderRefusal: (claim) => senderRules.refusal(claim),
      newQueueId,
      log,
      now: Date.now,
    },
  );
}
