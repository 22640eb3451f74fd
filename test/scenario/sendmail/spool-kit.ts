import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFile } from '../../../src/children/file-lock.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import type { IntakeOptions } from '../../../src/intake/intake-options.ts';
import type { Returning } from '../../../src/intake/returning.ts';
import { startIntake } from '../../../src/intake/server/smtp-intake.ts';
import type { Accept, Submission } from '../../../src/intake/submission.ts';
import type { PickupPorts } from '../../../src/maildrop/pickup.ts';
import { maildropPlaces, type MaildropPlaces } from '../../../src/maildrop/places.ts';
import { serveMaildrop } from '../../../src/maildrop/serve-maildrop.ts';
import { intakeOptions } from '../../support/intake-options.ts';

export interface TakenMessage {
  readonly submission: Submission;
  readonly content: string;
}

/** A spool directory of a test's own, and what picks up there: an intake with a queue in memory. */
export interface Spool extends AsyncDisposable {
  readonly directory: string;
  readonly places: MaildropPlaces;
  readonly taken: TakenMessage[];
  /** Names that need not be remembered any more. */
  readonly forgotten: string[];
  readonly lines: () => readonly string[];
  /** Begins to pick up, as a relay that starts. */
  serve(options?: ServeOptions): Promise<Serving>;
}

export interface Serving {
  trouble(): string | undefined;
  stop(): Promise<void>;
}

interface ServeOptions {
  readonly intake?: Partial<IntakeOptions>;
  readonly accept?: Accept;
  readonly returning?: Returning;
  readonly pickUp?: PickupPorts['pickUp'];
  readonly now?: () => number;
}

export async function makeSpool(): Promise<Spool> {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-spool-'));
  const taken: TakenMessage[] = [];
  const forgotten: string[] = [];
  const events: LogEvent[] = [];
  const running: Serving[] = [];
  let ids = 0;
  const store: Accept = async (submission) => {
    const chunks: Buffer[] = [];
    for await (const chunk of submission.content) chunks.push(chunk);
    const message = submission.message();
    taken.push({ submission, content: Buffer.concat(chunks).toString() });
    return message;
  };
  return {
    directory,
    places: maildropPlaces(directory),
    taken,
    forgotten,
    lines: () => events.map(({ component, text }) => `${component}: ${text}`),
    async serve({ intake: options = {}, accept = store, returning, pickUp, now = Date.now } = {}) {
      const log = (event: LogEvent): void => void events.push(event);
      const intake = await startIntake(
        { ...intakeOptions, listeners: [], appendOrigin: 'origin.test', ...options },
        {
          accept,
          ...(returning && { returning }),
          newQueueId: () => `Q${(ids += 1)}`,
          log,
          now: () => Date.UTC(2026, 10, 21, 12),
        },
      );
      const maildrop = await serveMaildrop(directory, {
        pickUp: pickUp ?? ((dropped) => intake.pickUp(dropped)),
        forgetTaken: async (names) => void forgotten.push(...names),
        lock: lockFile,
        log,
        now,
      });
      const serving: Serving = {
        trouble: () => maildrop.trouble(),
        async stop() {
          await maildrop.stop();
          await intake.stop(AbortSignal.abort());
        },
      };
      running.push(serving);
      return serving;
    },
    async [Symbol.asyncDispose]() {
      for (const serving of running) await serving.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const project = fileURLToPath(new URL('../../..', import.meta.url));
const executable = join(project, 'dist/main.js');
const inPlace = [process.execPath, [executable]] as const;

/** The program as another user calls it. Others do not see into the home of root: the project has another place for them. */
function asUser(uid: number): readonly [string, readonly string[]] {
  const as = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  const sees = spawnSync('setpriv', [...as, 'test', '-r', executable]).status === 0;
  if (sees) return ['setpriv', [...as, process.execPath, executable]];
  const inside = 'mount --bind "$0" /mnt && exec "$@"';
  return [
    'unshare',
    ['--mount', 'sh', '-c', inside, project, 'setpriv', ...as, process.execPath, '/mnt/dist/main.js'],
  ];
}

export interface Called {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the relay's sendmail, as a program does that waits for it. */
export async function callSendmail(
  spool: string,
  argv: readonly string[],
  input: string | Buffer = '',
  { name = 'sendmail', env = {}, uid }: CallOptions = {},
): Promise<Called> {
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith('DANE_RELAY_'));
  const settings = { DANE_RELAY_CONFIG: '', DANE_RELAY_SPOOL_DIR: spool, DANE_RELAY_HOSTNAME: 'relay.test' };
  const [program, words] = uid === undefined ? inPlace : asUser(uid);
  const child = spawn(program, [...words, name, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(own), ...settings, NAME: 'Charlie Root', ...env },
  });
  const end = (): unknown => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // It may end without reading all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

interface CallOptions {
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the user who calls; for root alone. */
  readonly uid?: number;
}
