import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname as systemName, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { submissionSpool } from '../../config/spool-directory.ts';
import { plainListener } from '../../core/intake/listener.ts';
import type { Envelope } from '../../core/mail/message.ts';
import { queueId } from '../../core/mail/queue-id.ts';
import type { DroppedMail } from '../../core/sendmail/dropped-mail.ts';
import { ContentRefused } from '../../intake/content-refused.ts';
import { startIntake } from '../../intake/server/smtp-intake.ts';
import type { Accept } from '../../intake/submission.ts';
import { openDrop } from '../../maildrop/drop.ts';
import { maildropPlaces, type MaildropPlaces } from '../../maildrop/places.ts';
import { ring } from '../../maildrop/ring.ts';
import { EX_OK, type Outcome } from './outcome.ts';
import { settle } from './submit.ts';

export interface SmtpSurroundings {
  readonly environment: Environment;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly config: () => Promise<Config>;
}

/**
 * `-bs`: SMTP on standard input and output, with the replies of the relay, whether that runs or not. What is answered with
 * 250 is in the queue, or on stable storage in the maildrop. Ends when the client does.
 */
export async function smtpDialog({ environment, input, output, config }: SmtpSurroundings): Promise<Outcome> {
  const settings = await config();
  const places = maildropPlaces(submissionSpool(settings, environment));
  const hostname = settings.hostname || systemName();
  const { appendOrigin, messageDropHeaders, ...rest } = settings.intake;
  // A directory that nobody else can look into: whoever opens the socket speaks in the name of this user.
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  try {
    const path = join(directory, 'smtp');
    let sequence = randomInt(2 ** 32);
    const intake = await startIntake(
      {
        ...rest,
        ...(appendOrigin !== 'none' && { appendOrigin: appendOrigin || hostname }),
        messageDropHeaders: new Set(messageDropHeaders),
        listeners: [{ at: { kind: 'unix', path, mode: 0o600 }, rules: plainListener('stdio') }],
        hostname,
        networks: [],
        // Scripts write a whole dialogue at once; nobody else can speak through this pipe.
        forbidUnauthPipelining: false,
        clientEventLimitExceptions: [],
      },
      {
        accept: dropping(places),
        newQueueId: () => queueId(Date.now() * 1000, (sequence = (sequence + 1) % 2 ** 32)),
        // What is refused the client is told; the relay logs what it takes.
        log: () => {},
        now: Date.now,
      },
    );
    const socket = connect({ path, allowHalfOpen: true });
    await Promise.allSettled([pipeline(input, socket), pipeline(socket, output, { end: false })]);
    await intake.stop(AbortSignal.abort());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return { exitCode: EX_OK };
}

/** Puts what the client sends into the maildrop. */
function dropping({ directory, socket }: MaildropPlaces): Accept {
  return async ({ envelope, content, message }) => {
    const drop = await openDrop(directory).catch((error: unknown) => {
      throw later(error);
    });
    try {
      for await (const octets of content) await drop.write(octets);
      await drop.complete(mailOf(envelope));
      const outcome = await settle(drop, (name) => ring(socket, name));
      if (outcome.exitCode !== EX_OK) throw new ContentRefused('refused by the relay', outcome.text);
      return message();
    } catch (error) {
      await drop.remove();
      throw error instanceof ContentRefused ? error : later(error);
    }
  };
}

function later(error: unknown): ContentRefused {
  const text = error instanceof Error ? error.message : String(error);
  return new ContentRefused(text, `451 4.3.0 Error: ${text}`);
}

function mailOf({
  sender,
  recipients,
  body,
  ret,
  envid,
  requireTls,
}: Envelope): Omit<DroppedMail, 'contentBytes'> {
  return {
    sender,
    recipients,
    fullName: '',
    body,
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    ...(requireTls && { requireTls }),
  };
}
