import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Top } from '../../core/delivery/top-row.ts';
import { topLines } from './top-text.ts';

/** How often the screen is written anew. */
const REFRESH_MS = 2_000;

const enterScreen = '\u001b[?1049h\u001b[?25l';
const leaveScreen = '\u001b[?25h\u001b[?1049l';
const clear = '\u001b[H\u001b[J';
const controlC = '\u0003';

export interface Screen {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/**
 * Shows the table on a screen of its own, as it changes, until `q` or ^C is pressed or `signal` is aborted. What was on
 * the terminal before comes back, whatever happens.
 */
export async function showTop(
  ask: () => Promise<Top>,
  { input, output }: Screen,
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const onKey = (key: Buffer): void => {
    const text = key.toString();
    if (text.includes('q') || text.includes(controlC)) end();
  };
  signal.addEventListener('abort', end);
  output.write(enterScreen);
  try {
    input.setRawMode(true);
    input.on('data', onKey);
    input.resume();
    if (signal.aborted) end();
    while (!ending.signal.aborted) {
      const top = await ask();
      const lines = topLines(top, output.columns).slice(0, Math.max(1, output.rows - 2));
      output.write(`${clear}${lines.join('\r\n')}\r\n\r\nq ends`);
      await sleep(REFRESH_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  } finally {
    input.off('data', onKey);
    input.setRawMode(false);
    input.pause();
    signal.removeEventListener('abort', end);
    output.write(leaveScreen);
  }
}
