import { createHmac, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/log/log-event.ts';
import { lookupPassword, parsePasswordMap, type PasswordMap } from '../core/sasl/password-map.ts';
import type { Login, LoginRules } from '../core/sasl/login.ts';
import { openOperatorTable, type Reread } from './operator-table.ts';

/** The logins of the relay at hosts, according to the current file. */
export interface Logins extends Reread {
  /** Undefined: no login, the host accepts mail without one. `invalid`: the entry cannot be read. */
  login(host: string, nextHop: string): Login | 'invalid' | undefined;
}

/** Throws ConfigError when the file cannot be read at start. Secrets are not logged. */
export function openLogins(delivery: Config['delivery'], log: Log): Logins {
  const file = delivery.saslAuthEnable ? delivery.saslPasswordMaps : '';
  const salt = randomBytes(16);
  const rules: LoginRules = {
    filter: delivery.saslMechanismFilter,
    clear: delivery.saslSecurityOptions,
    tls: delivery.saslTlsSecurityOptions,
    verified: delivery.saslTlsVerifiedSecurityOptions,
    softBounce: delivery.saslAuthSoftBounce,
  };
  const { current, ...reread } = openOperatorTable(
    {
      file,
      component: 'smtp',
      event: 'login',
      read: (warn) => readPasswords(file, warn),
      entries: 'password entries',
      count: ({ entries }) => entries.size,
    },
    log,
  );

  return {
    ...reread,
    login(host, nextHop) {
      const entry = lookupPassword(current(), host, nextHop);
      if (entry?.kind !== 'credentials') return entry?.kind;
      const { user, password } = entry;
      const id = createHmac('sha256', salt).update(`${user}:${password}`).digest('hex');
      return { user, password, rules, id };
    },
    reload: () => void (file !== '' && reread.reload()),
  };
}

function readPasswords(file: string, warn: (text: string) => void): PasswordMap {
  if (file === '') return parsePasswordMap('', '');
  const text = readOperatorFile(file, 'delivery.sasl_password_maps', 'a password map to read');
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o006) !== 0) {
    warn(`${file}: anybody on this machine can read the passwords (mode ${(mode & 0o777).toString(8)})`);
  }
  return parsePasswordMap(text, file);
}
