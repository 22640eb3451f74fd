import { mostRows, type Top } from '../../core/delivery/top-row.ts';
import type { Queue } from '../../queue/open-queue.ts';
import { askStatus } from '../../status/ask-status.ts';

/** From the relay that runs; undefined if none does that delivers. Throws TopRefused. */
export async function askTop(socketPaths: readonly string[]): Promise<Top | undefined> {
  for (const socketPath of socketPaths) {
    const reply = await askStatus(socketPath, '/api/top');
    if (reply?.status === 200) return JSON.parse(reply.body) as Top;
    if (reply !== undefined && reply.status !== 404) throw new TopRefused(problemIn(reply.body));
  }
  return undefined;
}

/** Without a relay. */
export async function topOfQueue(queue: Pick<Queue, 'overview'>, now: number): Promise<Top> {
  const { rows, ...totals } = await queue.overview(mostRows);
  const shown = rows.map((row) => ({ ...row, underWay: [] }));
  return { schema: 1, at: now, isLive: false, ...totals, rows: shown };
}

/** A relay runs and cannot tell. */
export class TopRefused extends Error {
  override readonly name = 'TopRefused';
  readonly code = 'TOP';
}

function problemIn(body: string): string {
  try {
    return (JSON.parse(body) as { readonly error?: string }).error ?? body;
  } catch {
    return body;
  }
}
