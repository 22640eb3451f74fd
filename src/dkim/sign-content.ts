import type { Signed, StartSigning } from '../core/dkim/message-signer.ts';
import type { WrittenReport } from '../core/delivery/outcome.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Message } from '../core/mail/message.ts';
import { signingLine } from './log-lines.ts';

/** Hands content on as it comes, and signs it. `tell` hears of the signature before the content ends. */
export async function* signing(
  content: AsyncIterable<Buffer>,
  sign: StartSigning,
  tell: (signed: Signed) => void,
): AsyncGenerator<Buffer, void, void> {
  const signer = sign();
  for await (const chunk of content) {
    signer.push(chunk);
    yield chunk;
  }
  tell(await signer.end());
}

/** The record of a message whose content has these fields in front now. */
export function withSignature(message: Message, { fields }: Signed): Message {
  if (fields.length === 0) return message;
  return { ...message, size: message.size + fields.length, signatureBytes: fields.length };
}

/** A report of ours with its signature. */
export async function signReport(
  { message, content }: WrittenReport,
  sign: StartSigning,
  log: Log,
): Promise<WrittenReport> {
  const signer = sign();
  signer.push(content);
  const signed = await signer.end();
  for (const note of signed.notes) log(signingLine(message.queueId, note));
  return { message: withSignature(message, signed), content: Buffer.concat([signed.fields, content]) };
}
