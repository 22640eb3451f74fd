import { measure, warmUp, type Bench } from '../measure.ts';
import type { Peer } from '../peer.ts';
import { startPostfixPeer } from '../postfix-peer.ts';
import { foreignLimit } from '../rounds.ts';
import { warmUpMessages, type Scenario } from '../scenarios.ts';
import { faults } from '../summary.ts';
import { TlsLog } from '../tls-log.ts';
import { setStage } from '../studies/stage.ts';
import { warmZone, wideWorld } from '../world.ts';
import type { Scene, SceneResult } from './scene.ts';

/**
 * A message to each of very many domains. Nothing of them is known to anybody: MX, addresses and TLSA are looked up and
 * validated, and each has a TLS connection of its own. The process itself is warm, from another domain.
 */
export const coldDestinations: Scene = {
  title: '10,000 domains, one message each: DNS, TLSA and TLS are cold',
  async play({ messages = 10_000, peers, say, ...options }) {
    say(`signing a zone of ${messages} domains`);
    await using stage = await setStage(messages, options, await wideWorld(messages));
    const sink = await stage.raiseSink();
    const scenario: Scenario = {
      title: this.title,
      messages,
      sizeBytes: 4096,
      messagesPerConnection: 10,
      domains: messages,
      roundTripMs: 0,
    };
    const bench: Bench = { scenario, sink, signal: options.signal };

    async function playPeer(peer: Peer): Promise<SceneResult> {
      const log = new TlsLog(peer.logFiles);
      const warm: Bench = { ...bench, scenario: { ...scenario, domains: 1, zone: warmZone } };
      await warmUp(peer, warmUpMessages, `warm-${peer.name}`, warm);
      const measured = await measure(peer, log, messages, `cold-${peer.name}`, bench);
      const round = { noisy: measured.foreignShare > foreignLimit, measurements: [measured] };
      return {
        peer: peer.name,
        figures: {
          'delivered/s': measured.deliveredPerSecond,
          'accepted/s': measured.acceptedPerSecond,
          'accept p99 ms': measured.acceptP99Ms,
          'CPU s/1000': measured.cpuPerThousand,
          'peak MB': measured.peakBytes / 1e6,
          'connections/1000': measured.sinkConnectionsPerThousand,
        },
        faults: faults({ name: 'e', rounds: [round] }),
        foreignShare: measured.foreignShare,
      };
    }

    const results: SceneResult[] = [];
    for (const kind of peers) {
      await using peer =
        kind === 'postfix' ? await startPostfixPeer(stage.lab) : await stage.startRelay([], kind === 'split');
      results.push(await playPeer(peer));
    }
    return results;
  },
};
