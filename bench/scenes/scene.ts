import type { PeerKind } from '../arguments.ts';
import type { LoadReport } from '../generate-load.ts';
import type { SinkCount } from '../sink.ts';
import type { LogCount } from '../tls-log.ts';

/** What a scene is told on the command line. */
export interface SceneOptions {
  /** Instead of what the scene says. */
  readonly messages?: number;
  readonly minutes?: number;
  readonly peers: readonly PeerKind[];
  readonly relaySettings: readonly string[];
  /** Where Node writes CPU profiles of the relay. */
  readonly cpuProfile?: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What one peer did: names with their units, in the order in which they are told. */
export interface SceneResult {
  readonly peer: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What must not have happened and did. */
  readonly faults: readonly string[];
  /** Share of the processors that others had, 0 to 1. */
  readonly foreignShare: number;
}

/** A scenario that is no round of equal messages: it has parts, and often the relay alone. */
export interface Scene {
  /** For the person at the screen. */
  readonly title: string;
  play(options: SceneOptions): Promise<readonly SceneResult[]>;
}

/** `RESULT f, relay: start s 3.2, …`: one line, which is all that has to be kept. */
export function resultLine(name: string, { peer, figures, foreignShare }: SceneResult): string {
  const told = Object.entries(figures).map(([what, value]) => `${what} ${shown(value)}`);
  return `RESULT ${name}, ${peer}: ${told.join(', ')}; foreign CPU ${(foreignShare * 100).toFixed(0)} %`;
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}

/** What is compared to find out whether all is well. */
export interface Arrivals {
  readonly what: string;
  readonly load: Pick<LoadReport, 'accepted' | 'refusals'>;
  /** How many of those were to arrive; default: all that were accepted. */
  readonly wanted?: number;
  readonly before: SinkCount;
  readonly after: SinkCount;
  /** Of the connections to the hosts that take mail. Absent where the log was not read. */
  readonly log?: LogCount;
}

/** Loss, doubles, clear text, connections that DANE did not verify, and loads that were refused. */
export function faultsOf({ what, load, before, after, log, ...more }: Arrivals): readonly string[] {
  const received = after.messages - before.messages;
  const duplicated = after.duplicates - before.duplicates;
  const wanted = more.wanted ?? load.accepted;
  const faults: readonly (readonly [number, string])[] = [
    [wanted === 0 ? 1 : 0, 'load without a message'],
    [wanted - (received - duplicated), 'messages lost'],
    [received - duplicated - wanted, 'messages more than were accepted'],
    [duplicated, 'messages duplicated'],
    [after.plaintext - before.plaintext, 'messages sent in clear text'],
    [load.refusals.length, `submissions refused: ${load.refusals[0]}`],
    ...(log === undefined
      ? []
      : ([
          [log.notVerified, 'TLS connections not verified by DANE at TLS 1.3'],
          [log.verified === 0 ? 1 : 0, 'log without any verified TLS connection'],
        ] as const)),
  ];
  return faults.filter(([count]) => count > 0).map(([count, words]) => `${what}: ${count} ${words}`);
}
