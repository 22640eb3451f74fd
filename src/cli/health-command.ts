import type { Health } from '../status/status-server.ts';

/** What `dane-relay health` prints, and its exit code: 0 only for a relay that runs and can do its work. */
export function healthReport(
  health: Health | undefined,
  json: boolean,
): { readonly text: string; readonly exitCode: 0 | 75 } {
  if (health === undefined) {
    const text = json ? JSON.stringify({ status: 'down', problems: {} }) : 'no relay is running here';
    return { text, exitCode: 75 };
  }
  const exitCode = health.status === 'ok' ? 0 : 75;
  if (json) return { text: JSON.stringify(health), exitCode };
  const lines = Object.entries(health.problems).map(([part, problem]) => `${part}: ${problem}`);
  return { text: lines.length === 0 ? 'ok' : lines.join('\n'), exitCode };
}
