import { measure, warmUp, type Bench, type Measurement } from './measure.ts';
import type { Peer } from './peer.ts';
import { warmUpMessages } from './scenarios.ts';
import { TlsLog } from './tls-log.ts';

/** Every peer measured once, one after the other. */
export interface Round {
  /** Somebody else used the machine: its figures say little. */
  readonly noisy: boolean;
  readonly measurements: readonly Measurement[];
}

/** Share of the processors for others above which a round is repeated. */
export const foreignLimit = 0.15;

export interface RoundsPlan {
  /** Quiet rounds to measure. */
  readonly wanted: number;
  /** Of a round. */
  readonly messages: number;
  /** Epoch milliseconds by which the last round should have ended. */
  readonly endsAt: number;
}

/**
 * Measures until there are as many quiet rounds as wanted, but no more than twice as many in all, and none but the first
 * that is likely to end too late. The peers take turns in going first.
 */
export async function playRounds(
  peers: readonly Peer[],
  { wanted, messages, endsAt }: RoundsPlan,
  bench: Bench,
  tell: (line: string) => void,
): Promise<readonly Round[]> {
  const logs = new Map(peers.map((peer) => [peer, new TlsLog(peer.logFiles)]));
  const rounds: Round[] = [];
  const quiet = () => rounds.filter(({ noisy }) => !noisy).length;
  let longestMs = 0;
  while (quiet() < wanted && rounds.length < 2 * wanted) {
    const startedAt = Date.now();
    if (rounds.length > 0 && startedAt + longestMs > endsAt) {
      tell(`no time for more than ${rounds.length} rounds`);
      break;
    }
    const nth = rounds.length;
    const first = nth % peers.length;
    const measurements: Measurement[] = [];
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      const log = logs.get(peer) ?? new TlsLog(peer.logFiles);
      await warmUp(peer, warmUpMessages, `warm-${nth}-${peer.name}`, bench);
      const measurement = await measure(peer, log, messages, `${nth}-${peer.name}`, bench);
      measurements.push(measurement);
      tell(`round ${nth + 1}: ${progress(measurement)}`);
    }
    const noisy = measurements.some(({ foreignShare }) => foreignShare > foreignLimit);
    rounds.push({ noisy, measurements });
    longestMs = Math.max(longestMs, Date.now() - startedAt);
  }
  return rounds;
}

function progress(measurement: Measurement): string {
  const { peer, deliveredPerSecond, acceptedPerSecond, foreignShare } = measurement;
  const noise = foreignShare > foreignLimit ? `, NOISY: ${percent(foreignShare)} foreign CPU` : '';
  return `${peer} ${deliveredPerSecond.toFixed(0)}/s delivered, ${acceptedPerSecond.toFixed(0)}/s accepted${noise}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
