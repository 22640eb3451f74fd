import { isInForce, type PolicyException } from './exception.ts';

/** The exceptions that this process knows of. What it does not know does not exist. */
export interface Exceptions {
  /** The one under this name, if it is in force at this moment. */
  at(name: string): PolicyException | undefined;
  inForce(): readonly PolicyException[];
  /** Another number than before: what is in force has changed. Costs next to nothing. */
  version(): number;
  /** Takes what is stored now; returns those that were not known before. */
  replace(stored: readonly PolicyException[]): readonly PolicyException[];
}

export function createExceptions(now: () => number): Exceptions {
  let known: ReadonlyMap<string, PolicyException> = new Map();
  let version = 0;
  /** Names that were in force when it was last looked, and when that changes next, if the clock goes on. */
  let active: ReadonlySet<string> = new Set();
  let lookedAt = 0;
  let nextEnd = Infinity;

  function look(): void {
    const at = now();
    if (at < nextEnd && at >= lookedAt) return;
    lookedAt = at;
    const valid = [...known.values()].filter((exception) => isInForce(exception, at));
    nextEnd = Math.min(Infinity, ...valid.map(({ until }) => until));
    const names = new Set(valid.map(({ name }) => name));
    const isSame = names.size === active.size && [...names].every((name) => active.has(name));
    active = names;
    // One that begins to count because the clock was set right is found at the next reading.
    if (!isSame) version += 1;
  }

  return {
    at(name) {
      const exception = known.get(name);
      return exception !== undefined && isInForce(exception, now()) ? exception : undefined;
    },
    inForce: () => [...known.values()].filter((exception) => isInForce(exception, now())),
    version() {
      look();
      return version;
    },
    replace(stored) {
      const before = known;
      known = new Map(stored.map((exception) => [exception.name, exception]));
      const news = stored.filter((exception) => !isEqual(exception, before.get(exception.name)));
      const isGone = [...before.keys()].some((name) => !known.has(name));
      if (news.length > 0 || isGone) version += 1;
      lookedAt = Infinity;
      look();
      return news;
    },
  };
}

function isEqual(one: PolicyException, other: PolicyException | undefined): boolean {
  return (
    other !== undefined &&
    one.level === other.level &&
    one.until === other.until &&
    one.setAt === other.setAt &&
    one.reason === other.reason
  );
}
