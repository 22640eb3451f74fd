import { momentText } from '../core/time/moment-text.ts';
import { parseDuration } from '../config/quantities.ts';
import {
  isAbout,
  isInForce,
  mostExceptions,
  readExceptionWish,
  type ExceptionLevel,
  type ExceptionWish,
  type PolicyException,
} from '../core/tls-policy/exception.ts';
import { policyKey } from '../core/tls-policy/policy-names.ts';
import type { Queue } from '../queue/open-queue.ts';
import { duration } from '../core/duration-text.ts';
import { dueNow } from './queue-commands.ts';
import { UsageError } from './usage-error.ts';

type Print = (line: string) => boolean;

/** What a level means for mail, and who may read it. */
const meanings: Readonly<Record<ExceptionLevel, string>> = {
  may: `until then mail for it goes over TLS to whoever answers, and in clear where TLS is not offered: others on the way may read it or take it`,
  encrypt: `until then mail for it goes over TLS only, but to whoever answers: somebody on the way may take it`,
  dane: `until then its hosts must be those that their signed TLSA records name, where they have such records`,
  'dane-only': `until then its hosts must have signed TLSA records, and be those that these name; otherwise its mail waits`,
};

export interface ExceptWishes {
  readonly domain: string;
  readonly level: string | undefined;
  readonly until: string | undefined;
  readonly reason: string | undefined;
  readonly by: string;
}

/** Reads the words of the operator. Throws UsageError. */
export function exceptionOf(wishes: ExceptWishes, now: number): PolicyException {
  const { domain, level, until, reason, by } = wishes;
  if (level === undefined || until === undefined || reason === undefined) {
    throw new UsageError('An exception needs --level, --until and --reason. See "dane-relay help except".');
  }
  const end = readUntil(until, now);
  if (end === undefined)
    throw new UsageError(`--until is "+3d", "2026-12-01" or "2026-12-01T18:00", not "${until}".`);
  const wish: ExceptionWish = { domain, level, until: end, reason, by };
  const exception = readExceptionWish(wish, now);
  if ('problem' in exception) throw new UsageError(`${sentence(exception.problem)}.`);
  return exception;
}

/** Sets it, and makes due what waits for its domain. False if there are too many. */
export async function setException(
  queue: Pick<Queue, 'exceptions' | 'flushWhere'>,
  exception: PolicyException,
  { usual, now, print }: { readonly usual: string; readonly now: number; readonly print: Print },
): Promise<boolean> {
  const { name, level, until } = exception;
  print(
    `${name}: level ${level} until ${momentText(until)} (for ${duration(until - now)}), in place of ${usual}`,
  );
  print(`  ${meanings[level]}`);
  if ((await queue.exceptions.set(exception)) === 'full') {
    print(`  nothing was changed: there are ${mostExceptions} exceptions already`);
    return false;
  }
  // A relay does the same when it learns of the exception, in case it tried the mail before.
  const due = await queue.flushWhere((destination) => isAbout(exception, destination));
  print(`  ${dueNow(due)}`);
  return true;
}

/** Shows those in force. */
export async function listExceptions(
  queue: Pick<Queue, 'exceptions'>,
  { json, now, print }: { readonly json: boolean; readonly now: number; readonly print: Print },
): Promise<boolean> {
  const { exceptions, unreadable } = await queue.exceptions.read();
  const valid = exceptions.filter((one) => isInForce(one, now)).toSorted((a, b) => a.until - b.until);
  for (const exception of valid) {
    const lines = json ? [JSON.stringify(exceptionRecord(exception))] : describe(exception, now);
    if (!lines.every((line) => print(line))) return true;
  }
  if (json) return true;
  for (const name of unreadable) print(`${JSON.stringify(name)} cannot be read and does not count`);
  if (valid.length + unreadable.length === 0) print('There are no exceptions');
  return true;
}

/** True if there was one under each name. */
export async function removeExceptions(
  queue: Pick<Queue, 'exceptions'>,
  names: readonly string[],
  { by, print }: { readonly by: string; readonly print: Print },
): Promise<boolean> {
  let all = true;
  for (const name of names) {
    const removed = await queue.exceptions.remove(policyKey(name) ?? name, by);
    print(
      removed === undefined ? `${name}: there is no exception` : `${removed.name}: the settings apply again`,
    );
    all &&= removed !== undefined;
  }
  return all;
}

/** As JSON has it, here and at the socket. */
export function exceptionRecord({ name, level, until, reason, setAt, by }: PolicyException): object {
  return { schema: 1, domain: name, level, until: momentText(until), reason, setAt: momentText(setAt), by };
}

function describe(
  { name, level, until, reason, setAt, by }: PolicyException,
  now: number,
): readonly string[] {
  return [
    `${name}: level ${level} until ${momentText(until)} (for ${duration(until - now)}), set ${momentText(setAt)} by ${by}`,
    `    ${reason}`,
  ];
}

/** Epoch milliseconds; undefined if it is no date. A date without a zone is one of this machine. */
export function readUntil(text: string, now: number): number | undefined {
  if (text.startsWith('+')) {
    const ms = parseDuration(text.slice(1));
    return ms === undefined ? undefined : now + ms;
  }
  const date = /^\d{4}-\d\d-\d\d(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (date === null) return undefined;
  const [whole, time = '00:00', zone = ''] = date;
  const at = Date.parse(`${whole.slice(0, 10)}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
