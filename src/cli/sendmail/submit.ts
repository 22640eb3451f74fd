import type { MessageRequest } from '../../core/sendmail/arguments.ts';
import { recipientsOf, withoutDropped } from '../../core/sendmail/header.ts';
import { HeaderReader, type HeaderField } from '../../core/sendmail/header-reader.ts';
import { MessageLines } from '../../core/sendmail/message-lines.ts';
import type { Drop } from '../../maildrop/drop.ts';
import type { Answer } from '../../maildrop/ring.ts';
import { envelopeOf, namedRecipients, recipientsTrouble, senderOf, senderTrouble } from './envelope.ts';
import { EX_DATAERR, EX_NOUSER, EX_OK, EX_UNAVAILABLE, type Outcome } from './outcome.ts';
import type { CallingUser } from './user.ts';

export interface SubmitPorts {
  readonly user: CallingUser;
  readonly input: AsyncIterable<Buffer>;
  /** Throws DropError. */
  readonly openDrop: () => Promise<Drop>;
  /** Asks the relay to take what has this name in the maildrop. */
  readonly ring: (name: string) => Promise<Answer>;
}

/** More than the relay takes for a header, unless it is told to. */
const longestHeaderBytes = 16 * 1024 * 1024;

/**
 * Hands a message to the relay. The exit status is 0 only if the relay has it in its queue, or the maildrop has it on stable
 * storage; otherwise nothing of it is left. Throws DropError.
 */
export async function submit(request: MessageRequest, ports: SubmitPorts): Promise<Outcome> {
  const named = namedRecipients(request.recipients);
  const sender = senderOf(request, ports.user);
  const early = senderTrouble(sender) ?? (request.readsRecipients ? undefined : recipientsTrouble(named));
  if (early !== undefined) return { exitCode: EX_DATAERR, text: early };
  const drop = await ports.openDrop();
  let outcome: Outcome | undefined;
  try {
    const read = await readMessage(request, ports.input, drop);
    const recipients = [...new Set([...named, ...read.recipients])];
    const trouble = read.trouble ?? recipientsTrouble(recipients);
    if (trouble !== undefined) return { exitCode: EX_DATAERR, text: trouble };
    const { has8Bit } = read;
    await drop.complete(envelopeOf(request, { sender, recipients, has8Bit, user: ports.user }));
    outcome = await settle(drop, ports.ring);
    return outcome;
  } finally {
    if (outcome?.exitCode !== EX_OK) await drop.remove();
  }
}

/** The relay takes the message now, or refuses it, or it is kept until it does. Throws DropError. */
export async function settle(drop: Drop, ring: SubmitPorts['ring']): Promise<Outcome> {
  const answer = await ring(drop.name);
  if (answer.kind === 'refused') {
    // RFC 3463 §3.2: X.1.z is about an address.
    const exitCode = /^5\d\d 5\.1\./.test(answer.reply) ? EX_NOUSER : EX_UNAVAILABLE;
    return { exitCode, text: answer.reply };
  }
  if (answer.kind === 'later') await drop.keep();
  return { exitCode: EX_OK };
}

interface ReadMessage {
  /** That the header names, if they are asked for. */
  readonly recipients: readonly string[];
  readonly has8Bit: boolean;
  readonly trouble?: string;
}

/** Writes what comes into the maildrop, line ends and header as they are to be. */
async function readMessage(
  { readsRecipients, dotEnds }: MessageRequest,
  input: AsyncIterable<Buffer>,
  drop: Drop,
): Promise<ReadMessage> {
  const lines = new MessageLines(dotEnds);
  const header = new HeaderReader(longestHeaderBytes);
  let fields: readonly HeaderField[] | undefined;

  async function write(octets: Buffer, isLast = false): Promise<boolean> {
    if (fields !== undefined) {
      await drop.write(octets);
      return true;
    }
    const early = header.push(octets);
    const reading = isLast && early.kind === 'more' ? header.finish() : early;
    if (reading.kind !== 'end') return reading.kind === 'more';
    ({ fields } = reading);
    const kept = withoutDropped(fields).map(({ text }) => text);
    await drop.write(Buffer.concat([Buffer.from(kept.join(''), 'latin1'), reading.rest]));
    return true;
  }

  const tooBig = { recipients: [], has8Bit: false, trouble: 'the header of the message is too big' };
  for await (const octets of input) {
    if (!(await write(lines.push(octets)))) return tooBig;
    if (lines.isOver) break;
  }
  if (!(await write(lines.finish(), true))) return tooBig;
  return { recipients: readsRecipients ? recipientsOf(fields ?? []) : [], has8Bit: lines.has8Bit };
}
