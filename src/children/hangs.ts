import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProgram } from './child-program.ts';

/** Resolves to true once it hangs; to false if `over` is aborted first. */
export async function hangs(
  { ready, hangs: { probeMs, probes } }: ChildProgram,
  over: AbortSignal,
): Promise<boolean> {
  for (let silent = 0; silent < probes;) {
    await sleep(probeMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return false;
    // Without a free file descriptor it cannot be asked, which is not its fault.
    if (!(await canOpenFiles())) continue;
    silent = (await ready()) === false ? silent + 1 : 0;
  }
  return !over.aborted;
}

async function canOpenFiles(): Promise<boolean> {
  const file = await open('/dev/null').catch(() => undefined);
  await file?.close();
  return file !== undefined;
}
