import { join } from 'node:path';
import { clockAt } from '../../src/cli/explain-command.ts';
import { explainLines } from '../../src/core/diagnosis/explain-text.ts';
import type { ExplainView, MessageView } from '../../src/core/diagnosis/view.ts';
import { askStatus } from '../../src/status/ask-status.ts';
import { until } from '../lab/until.ts';
import type { RunningRelay } from './running-relay.ts';
import { sendMail } from './send-mail.ts';

type Relay = Pick<RunningRelay, 'dataDir' | 'port'>;

/** What `dane-relay explain NAME --json` says of a running relay, without the command. */
export async function viewOf(name: string, { dataDir }: Pick<Relay, 'dataDir'>): Promise<ExplainView> {
  const reply = await askStatus(join(dataDir, 'relay.sock'), `/api/explain/${encodeURIComponent(name)}`);
  return JSON.parse(reply?.body ?? '{}') as ExplainView;
}

/** What `dane-relay explain NAME` says. */
export async function explained(name: string, relay: Pick<Relay, 'dataDir'>): Promise<string> {
  return explainLines(await viewOf(name, relay), clockAt(Date.now())).join('\n');
}

/** Sends a mail, and waits until its first attempt is over and known. */
export async function tried(
  to: string | readonly string[],
  relay: Relay,
): Promise<{ readonly queueId: string; readonly view: MessageView }> {
  const queueId = await sendMail(relay.port, { to });
  return { queueId, view: await afterAttempts(1, queueId, relay) };
}

/** Waits until so many attempts of a message are over and known. */
export async function afterAttempts(
  count: number,
  queueId: string,
  relay: Pick<Relay, 'dataDir'>,
): Promise<MessageView> {
  let view: ExplainView | undefined;
  await until(async () => {
    view = await viewOf(queueId, relay);
    return view.kind === 'message' && view.attempts.length >= count;
  });
  return view as MessageView;
}
