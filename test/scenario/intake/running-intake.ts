import type { IntakeOptions, IntakePorts } from '../../../src/intake/intake-options.ts';
import type { Message } from '../../../src/core/mail/message.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { startIntake } from '../../../src/intake/server/smtp-intake.ts';
import type { Submission } from '../../../src/intake/submission.ts';
import { intakeOptions } from '../../support/intake-options.ts';
import { RawClient } from './raw-client.ts';

export interface Stored {
  readonly message: Message;
  readonly submission: Submission;
  readonly content: string;
}

/** An intake with a queue that keeps messages in memory. */
export interface RunningIntake extends AsyncDisposable {
  readonly address: { host: string; port: number };
  readonly stored: Stored[];
  readonly events: LogEvent[];
  /** Texts of the log. */
  readonly lines: () => string[];
  readonly stop: (deadlineMs?: number) => Promise<void>;
  readonly client: (localAddress?: string) => Promise<RawClient>;
}

export async function runIntake(
  options: Partial<IntakeOptions> = {},
  ports: Partial<IntakePorts> = {},
): Promise<RunningIntake> {
  const stored: Stored[] = [];
  const events: LogEvent[] = [];
  let ids = 0;
  const intake = await startIntake(
    {
      ...intakeOptions,
      ...options,
    },
    {
      accept: async (submission) => {
        const chunks: Buffer[] = [];
        for await (const chunk of submission.content) chunks.push(chunk);
        const message = submission.message();
        stored.push({ message, submission, content: Buffer.concat(chunks).toString() });
        return message;
      },
      newQueueId: () => `Q${(ids += 1)}`,
      log: (event) => events.push(event),
      now: () => Date.UTC(2026, 10, 21, 12),
      ...ports,
    },
  );
  const [address = { host: '', port: 0 }] = intake.addresses;
  return {
    address,
    stored,
    events,
    lines: () => events.map((event) => event.text),
    stop: (deadlineMs = 30_000) => intake.stop(AbortSignal.timeout(deadlineMs)),
    client: (localAddress) => RawClient.open(address, localAddress),
    [Symbol.asyncDispose]: () => intake.stop(AbortSignal.abort()),
  };
}
