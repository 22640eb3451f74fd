/** For the environment of a relay whose clock is off by so many milliseconds. */
export function shiftedClock(offsetMs: number): Readonly<Record<string, string>> {
  const module = new URL('./shifted-clock.mjs', import.meta.url);
  return { NODE_OPTIONS: `--import=${module.href}`, SHIFTED_CLOCK_MS: String(offsetMs) };
}
