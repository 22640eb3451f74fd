import type { Role } from '../config/role.ts';
import type { Health } from '../status/status-server.ts';

/** What is known of a process of a role in a data directory. */
export interface RoleHealth {
  readonly role: Role;
  /** Its answer; undefined if none answers. */
  readonly health: Health | undefined;
  /** Nobody answers although the last one that ran here did not stop in good order: its process id. */
  readonly silent?: number;
}

/**
 * The health of all processes of a data directory as one: what is wrong with any of them is wrong. Undefined if none
 * answers. A half that was killed, or hangs, is told of as long as the other one runs alone.
 */
export function healthOfAll(processes: readonly RoleHealth[]): Health | undefined {
  const answering = processes.filter(({ health }) => health !== undefined);
  if (answering.length === 0) return undefined;
  const found = new Map<string, Set<string>>();
  const add = (part: string, problem: string): void =>
    void found.set(part, (found.get(part) ?? new Set()).add(problem));
  for (const { health } of answering) {
    for (const [part, problem] of Object.entries(health?.problems ?? {})) add(part, problem);
  }
  if (!answering.some(({ role }) => role === 'all')) {
    for (const { role, silent } of processes) if (silent !== undefined) add(role, silence(role, silent));
  }
  const problems = Object.fromEntries([...found].map(([part, texts]) => [part, [...texts].join('; ')]));
  const isWell = answering.every(({ health }) => health?.status === 'ok') && found.size === 0;
  return { status: isWell ? 'ok' : 'trouble', problems };
}

function silence(role: Role, pid: number): string {
  return `the process with --role ${role} (${pid}) does not answer, and nobody has stopped it`;
}

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
