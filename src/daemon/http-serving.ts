import type { HttpAddress } from '../config/addresses.ts';
import { tokenFile } from '../config/token-file.ts';
import type { HttpListenAt } from '../http/options.ts';
import { startHttp } from '../http/server.ts';
import type { Intake } from '../intake/server/smtp-intake.ts';
import { httpListening } from './log-lines.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Relay } from './relay.ts';
import { openTokens } from './tokens.ts';

/** Starts submission over HTTP if the settings want it. */
export async function serveHttp(
  { config, dataDir, log, parts, problems, shutdown }: Relay,
  { door, memory }: Pick<Intake, 'door' | 'memory'>,
  queue: Queue,
): Promise<void> {
  const { http, intake } = config;
  if (http.listen.length === 0) return;
  const tokens = await openTokens(tokenFile(config, dataDir), log);
  parts.add('http tokens', () => tokens.stop());
  problems.ask('http tokens', () => tokens.problem());
  const server = await startHttp(
    {
      ...http,
      listen: http.listen.map(listenAt),
      messageSizeLimitBytes: intake.messageSizeLimitBytes,
      recipientLimit: intake.recipientLimit,
    },
    {
      door,
      memory,
      knownKey: (key) => queue.knownKey(key),
      history: (queueId) => queue.history(queueId),
      tokens: () => tokens.current(),
      log,
      now: Date.now,
    },
  );
  parts.add('http', () => server.stop(shutdown.giveUp));
  log(httpListening(server.addresses));
}

function listenAt(address: HttpAddress): HttpListenAt {
  return 'path' in address ? { kind: 'unix', ...address } : { kind: 'tcp', ...address, ipv6Only: true };
}
