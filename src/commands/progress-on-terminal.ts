import { showProgress, type Progress } from '../cli/queue/progress.ts';

/** Bars on standard error, if that is a terminal and nothing stands against it. */
export function progressOnTerminal(allowed = true): (what: string, total: number) => Progress {
  const { stderr } = process;
  const terminal = { isTTY: stderr.isTTY && allowed, write: (text: string) => stderr.write(text) };
  return (what, total) => showProgress(terminal, what, total);
}
