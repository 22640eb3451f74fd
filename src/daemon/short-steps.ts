import type { SessionOptions } from '../session/target.ts';

/** No step of a session takes longer, whatever the settings say: somebody waits for the answer. */
const LONGEST_STEP_MS = 30_000;

/** Options of sessions for a command that ends in time. @param timeoutMs of all of it */
export function withShortSteps<Options extends Pick<SessionOptions, 'timeouts'>>(
  session: Options,
  timeoutMs: number,
): Options {
  const most = Math.min(LONGEST_STEP_MS, timeoutMs);
  const timeouts = Object.fromEntries(
    Object.entries(session.timeouts).map(([step, ms]) => [step, Math.min(ms, most)]),
  ) as unknown as Options['timeouts'];
  return { ...session, timeouts };
}
