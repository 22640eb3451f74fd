/** Loaded into a relay by `--import`: writes how much processor time single turns of its event loop take. */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

export interface LongTurn {
  /** Epoch ms. */
  readonly at: number;
  readonly ms: number;
}

const file = process.env['BENCH_TURNS_FILE'];
const worthMs = 1;
const writeEveryMs = 2_000;

/** Of this thread, ms. */
function ran(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6;
}

if (file !== undefined && isMainThread) {
  const turns: LongTurn[] = [];
  let before = ran();
  let writtenAt = Date.now();
  const turn = (): void => {
    const now = ran();
    const at = Date.now();
    if (now - before >= worthMs) turns.push({ at, ms: now - before });
    if (at - writtenAt > writeEveryMs) {
      writeFileSync(file, JSON.stringify(turns));
      writtenAt = at;
    }
    // What it does itself does not count.
    before = ran();
    setImmediate(turn).unref();
  };
  // It must not keep the process alive, and an immediate that does not does not wake the loop either.
  setInterval(() => {}, 1).unref();
  turn();
}
