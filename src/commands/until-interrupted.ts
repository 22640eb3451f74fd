/** Aborted when the operator presses ^C, or the command is told to end. */
export function untilInterrupted(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => ending.abort());
  return ending.signal;
}
