import type { Clock } from '../core/diagnosis/clock.ts';
import { explainLines } from '../core/diagnosis/explain-text.ts';
import { letter } from '../core/diagnosis/letter.ts';
import type { ExplainView } from '../core/diagnosis/view.ts';
import { printable } from '../core/mail/printable.ts';
import { askStatus } from '../status/ask-status.ts';

export interface ExplainMeans {
  /** Of the process that delivers; of several, the first at which a relay answers. */
  readonly socketPaths: readonly string[];
  /** Without a relay: from the queue and the settings. */
  readonly withoutRelay: (name: string) => Promise<ExplainView>;
  readonly hostname: string;
  readonly shape: 'text' | 'json' | 'letter';
  readonly now: () => number;
  /** False once nobody reads it. */
  readonly print: (line: string) => boolean;
  readonly warn: (line: string) => void;
}

/** `dane-relay explain`. True if something is known of each name, and can be told in this shape. */
export async function explainCommand(names: readonly string[], means: ExplainMeans): Promise<boolean> {
  let all = true;
  for (const [place, name] of names.entries()) {
    const view = (await askRelay(name, means)) ?? (await means.withoutRelay(name));
    const lines = linesOf(view, means);
    if (lines === undefined) means.warn(`${printable(name)}: nothing waits that its receiver could mend`);
    all &&= lines !== undefined && view.kind !== 'unknown';
    const whole = place > 0 && means.shape !== 'json' ? ['', ...(lines ?? [])] : (lines ?? []);
    if (!whole.every((line) => means.print(line))) return all;
  }
  return all;
}

function linesOf(view: ExplainView, { shape, hostname, now }: ExplainMeans): readonly string[] | undefined {
  if (shape === 'json') return [JSON.stringify(view)];
  if (shape === 'letter' && view.kind !== 'unknown') return letter(view, hostname);
  return explainLines(view, clockAt(now()));
}

/** Undefined if no relay answers, or one that knows no such question. */
async function askRelay(name: string, { socketPaths, warn }: ExplainMeans): Promise<ExplainView | undefined> {
  for (const socketPath of socketPaths) {
    const reply = await askStatus(socketPath, `/api/explain/${encodeURIComponent(name)}`);
    const view = reply === undefined ? undefined : viewOf(reply.body);
    if (view !== undefined) return view;
    if (reply !== undefined && reply.status !== 404) warn(`the relay says: ${printable(reply.body.trim())}`);
  }
  return undefined;
}

function viewOf(body: string): ExplainView | undefined {
  try {
    const view = JSON.parse(body) as Partial<ExplainView>;
    return view.schema === 1 && view.kind !== undefined ? (view as ExplainView) : undefined;
  } catch {
    return undefined;
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Times of this machine, as in the log. */
export function clockAt(now: number): Clock {
  const dayOf = (at: number): string => {
    const date = new Date(at);
    return `${months[date.getMonth()]} ${date.getDate()}`;
  };
  const today = dayOf(now);
  return {
    now,
    time(at) {
      const date = new Date(at);
      const two = (part: number): string => String(part).padStart(2, '0');
      const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
      const day = dayOf(at);
      return day === today ? time : `${day} ${time}`;
    },
  };
}
