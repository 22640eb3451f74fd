import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { statusSocket } from '../config/role.ts';
import { readExceptionWish, type PolicyException } from '../core/tls-policy/exception.ts';
import { askStatus } from '../status/ask-status.ts';

/** A relay that is too busy to answer at once is not waited for. */
const PATIENCE_MS = 2_000;

/** The exceptions of `dane-relay except` that a running relay knows; none if no relay runs with these settings. */
export async function exceptionsInForce(
  config: Config,
  environment: Environment,
): Promise<readonly PolicyException[]> {
  const dataDir = dataDirectory(config.dataDir, environment);
  for (const role of ['all', 'delivery'] as const) {
    const reply = await askStatus(statusSocket(dataDir, role), '/api/except', { patienceMs: PATIENCE_MS });
    if (reply?.status === 200) return exceptionsIn(reply.body);
  }
  return [];
}

function exceptionsIn(body: string): readonly PolicyException[] {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return [];
  }
  const { exceptions = [] } = answer as {
    readonly exceptions?: readonly Readonly<Record<string, unknown>>[];
  };
  return exceptions.flatMap(({ domain, level, until, reason, by }) => {
    const wish = {
      domain: String(domain),
      level: String(level),
      until: Date.parse(String(until)),
      reason: String(reason),
      by: String(by),
    };
    const exception = readExceptionWish(wish, Date.now());
    return 'problem' in exception ? [] : [exception];
  });
}
