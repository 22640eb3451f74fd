import { randomBytes } from 'node:crypto';
import { statSync, unwatchFile, watchFile } from 'node:fs';
import { ConfigError } from '../config/config-error.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/log/log-event.ts';
import { createLoginVerifier, type LoginVerifier } from '../core/sasl-server/login-verifier.ts';
import { noUsers, readUsers, type UserTable } from '../core/users/users-file.ts';
import { abilities } from '../users/compute-hash.ts';
import { createHashThreads } from '../users/hash-threads.ts';
import { prepare } from '../users/prepare.ts';
import { notReadAgain } from './log-lines.ts';
import { openOperatorTable, type Reread } from './operator-table.ts';

/** Who may log in, as the operator says it now. */
export interface Users extends Reread {
  /** Nothing is computed before it is asked, and what was started for that ends with `stop`. */
  serve(decoyKey: Buffer): { readonly verifier: LoginVerifier; stop(): Promise<void> };
}

/** How often the file is looked at. */
const WATCH_MS = 2000;
const otherwise = 'the old users stay in force';

/** Throws ConfigError when the file cannot be read at start, or when anybody could write himself into it. */
export function openUsers(file: string, log: Log): Users {
  const { current, ...reread } = openOperatorTable<UserTable>(
    {
      file,
      component: 'smtpd',
      event: 'users',
      read: (warn) => readFile(file, warn),
      entries: 'users',
      count: ({ users }) => users.size,
    },
    log,
  );

  function reload(): void {
    if (file !== '') reread.reload();
  }

  return {
    ...reread,
    reload,
    serve(decoyKey) {
      const threads = createHashThreads();
      const changed = (): void => {
        try {
          reload();
        } catch (error) {
          log(notReadAgain({ component: 'smtpd', event: 'users' }, otherwise, error));
        }
      };
      if (file !== '') watchFile(file, { interval: WATCH_MS, persistent: false }, changed);
      const verifier = createLoginVerifier({
        table: current,
        prepare,
        check: (against, password) => threads.check(against, password),
        now: () => performance.now(),
        processKey: randomBytes(32),
        decoyKey,
      });
      return {
        verifier,
        async stop() {
          if (file !== '') unwatchFile(file, changed);
          await threads.stop();
        },
      };
    },
  };
}

function readFile(file: string, warn: (text: string) => void): UserTable {
  if (file === '') return noUsers;
  const text = readOperatorFile(file, 'intake.users', 'a file of users to read');
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  const shown = (mode & 0o777).toString(8);
  if ((mode & 0o002) !== 0) {
    const wanted = 'a file that nobody else can write to';
    throw new ConfigError([{ where: file, key: 'intake.users', wanted, found: `mode ${shown}` }]);
  }
  if ((mode & 0o004) !== 0)
    warn(`${file}: anybody on this machine can read the hashes of the passwords (mode ${shown})`);
  return readUsers(text, file, { prepare, abilities });
}
