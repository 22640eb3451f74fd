import type { Component, Log } from '../core/log/log-event.ts';
import type { EventName } from '../core/events/event-table.ts';
import type { Maillog } from '../maillog/open-maillog.ts';
import type { AddressMaps } from './address-maps.ts';
import type { ListenerCertificates } from './listener-certificates.ts';
import { notReadAgain } from './log-lines.ts';
import type { Logins } from './logins.ts';
import type { Signing } from './signing.ts';
import type { SenderRules } from './sender-rights.ts';
import type { TlsPolicies } from './tls-policies.ts';
import type { Transports } from './transports.ts';
import type { Users } from './users.ts';

/** A part that SIGHUP reads again. */
export interface Reloadable {
  readonly component: Component;
  /** Its name in the log and in health. */
  readonly event: EventName;
  /** What stays in force if this fails, in words. */
  readonly otherwise: string;
  /** Throws if it fails; then nothing has changed. */
  readonly reload: () => void | Promise<void>;
}

export interface Reloading {
  /** Reads all of them; a failure does not affect the others. Never rejects. */
  reload(): Promise<void>;
  /** The parts that failed the last time -> why. */
  problems(): ReadonlyMap<string, string>;
}

/** There is one reading at a time. Requests that come meanwhile cause one more after it. */
export function createReloading(parts: readonly Reloadable[], log: Log): Reloading {
  const failed = new Map<string, string>();
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function all(): Promise<void> {
    for (const { component, event, otherwise, reload } of parts) {
      try {
        await reload();
        failed.delete(event);
      } catch (error) {
        const line = notReadAgain({ component, event }, otherwise, error);
        failed.set(event, line.text);
        log(line);
      }
    }
  }

  return {
    reload() {
      next ??= running.then(() => {
        next = undefined;
        running = all();
        return running;
      });
      return next;
    },
    problems: () => failed,
  };
}

/** Everything that SIGHUP reads again. */
export function reloadables(of: {
  readonly maillog: Pick<Maillog, 'reopen'>;
  readonly tls: Pick<TlsPolicies, 'reload'>;
  readonly transports: Pick<Transports, 'reload'>;
  readonly logins: Pick<Logins, 'reload'>;
  readonly users: Pick<Users, 'reload'>;
  readonly addressMaps: Pick<AddressMaps, 'reload'>;
  readonly signing: Pick<Signing, 'reload'>;
  readonly certificates: ReadonlyMap<string, Pick<ListenerCertificates, 'refresh'>>;
  readonly senderRules: Pick<SenderRules, 'reload'>;
}): readonly Reloadable[] {
  return [
    {
      component: 'master',
      event: 'log file',
      otherwise: 'lines go on into the old one',
      reload: () => of.maillog.reopen(),
    },
    {
      component: 'smtp',
      event: 'TLS policy',
      otherwise: 'the old TLS policy stays in force',
      reload: () => of.tls.reload(),
    },
    {
      component: 'qmgr',
      event: 'transport table',
      otherwise: 'the old transport table stays in force',
      reload: () => of.transports.reload(),
    },
    {
      component: 'cleanup',
      event: 'address table',
      otherwise: 'the old address tables stay in force',
      reload: () => of.addressMaps.reload(),
    },
    {
      component: 'smtp',
      event: 'login',
      otherwise: 'the old passwords stay in force',
      reload: () => of.logins.reload(),
    },
    {
      component: 'smtpd',
      event: 'users',
      otherwise: 'the old users stay in force',
      reload: () => of.users.reload(),
    },
    {
      component: 'cleanup',
      event: 'DKIM keys',
      otherwise: 'the keys stay as they were',
      reload: () => of.signing.reload(),
    },
    {
      component: 'smtpd',
      event: 'listener certificate',
      otherwise: 'the old certificates stay in use',
      reload() {
        for (const one of of.certificates.values()) one.refresh(true);
      },
    },
    {
      component: 'smtpd',
      event: 'sender rights',
      otherwise: 'the old rights stay in force',
      reload: () => of.senderRules.reload(),
    },
  ];
}
