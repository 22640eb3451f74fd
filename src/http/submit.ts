import { maySendFrom, type AccessToken } from '../core/http/token.ts';
import type { DoorClient, DoorContent, DoorTransaction } from '../core/intake/door.ts';
import { isAscii, parseMailbox, printMailbox } from '../core/mail/address.ts';
import { problem, type Answer } from './answer.ts';
import { NotBase64 } from './compose.ts';
import type { Placed } from './draft.ts';
import { accepted, type RequestKey } from './idempotency.ts';
import type { HttpPorts } from './options.ts';
import { problemOf, type Flaw, type Problem } from './problem.ts';

/** RFC 5321 §4.2.3 */
const tooBigReply = '552 5.3.4 Error: message file too big';

/** A message that a client hands over. */
export interface Submitted {
  readonly from: Placed;
  /** Whom the header names as the author, where that is known. */
  readonly author?: Placed;
  readonly to: readonly Placed[];
  /** Parameters of RCPT (RFC 3461 §4): `NOTIFY=NEVER`, or nothing. */
  readonly recipientParameters: string;
  /** RFC 6152 */
  readonly body: '7BIT' | '8BITMIME';
  /** RFC 8689 §2. */
  readonly requireTls: boolean;
  /** Lines with CRLF. May throw: NotBase64, or whatever it throws when the client is gone. */
  readonly content: AsyncIterable<Buffer>;
  readonly sizeLimitBytes: number;
}

/** A recipient that is not taken, by the words of SMTP. */
interface Rejected {
  readonly address: string;
  readonly status: string;
  readonly detail: string;
}

/** Who hands it over. */
export interface Submitter {
  readonly token: AccessToken;
  readonly client: DoorClient;
  readonly key?: RequestKey;
}

/** Takes a message over by the rules of SMTP. 202 means what 250 means: it is on stable storage. `known`: it was before, for this key. */
export async function submit(
  submitted: Submitted,
  { token, client, key }: Submitter,
  { door }: Pick<HttpPorts, 'door'>,
): Promise<Answer | 'known'> {
  const transaction = door.begin(client);
  try {
    const envelope = openEnvelope(submitted, token, transaction);
    if ('status' in envelope) return problem(envelope);
    const content = transaction.data({
      submitter: token.name,
      answer: (id, messageId) => JSON.stringify({ id, messageId, ...envelope }),
      ...(key && { once: { key: key.key, fingerprint: key.fingerprint } }),
    });
    if (typeof content === 'string') return problem(problemOf(content));
    return await takeContent(submitted, envelope, content, transaction);
  } finally {
    transaction.end();
  }
}

interface Envelope {
  readonly accepted: readonly string[];
  readonly rejected: readonly Rejected[];
}

function openEnvelope(
  { from, author, to, recipientParameters, body, requireTls }: Submitted,
  token: AccessToken,
  transaction: DoorTransaction,
): Envelope | Problem {
  const sender = plain(from.address);
  const recipients = to.map(({ address, pointer }) => ({ address, pointer, path: plain(address) }));
  const isInternational = [sender, ...recipients.map(({ path }) => path)].some((path) => !isAscii(path));
  const more = `${isInternational ? ' SMTPUTF8' : ''}${requireTls ? ' REQUIRETLS' : ''}`;
  const reply = transaction.mail(sender, `BODY=${body}${more}`);
  if (!reply.startsWith('2')) return withFlaw(problemOf(reply), from.pointer);
  for (const { address, pointer } of author === undefined ? [from] : [from, author]) {
    const path = plain(address);
    if (maySendFrom(token, path)) continue;
    const refusal = `553 5.7.1 <${path}>: Sender address rejected: not owned by user ${token.name}`;
    return withFlaw(problemOf(transaction.refuse('MAIL', refusal)), pointer);
  }
  const taken: string[] = [];
  const rejected: (Rejected & { readonly pointer: string; readonly smtpCode: number })[] = [];
  for (const { address, pointer, path } of recipients) {
    const said = transaction.rcpt(path, recipientParameters);
    // Who may come again later comes again with all of it: it is one request.
    if (said.startsWith('4')) return withFlaw(problemOf(said), pointer);
    if (said.startsWith('2')) taken.push(address);
    else {
      const { enhancedCode = '', detail, smtpCode = 0 } = problemOf(said);
      rejected.push({ address, status: enhancedCode, detail, pointer, smtpCode });
    }
  }
  const [first] = rejected;
  if (taken.length === 0 && first !== undefined) {
    const errors = rejected.slice(0, 20).map(({ pointer, detail }) => ({ pointer, detail }));
    const { smtpCode, status: enhancedCode, detail } = first;
    return { status: 422, kind: 'recipients', detail, smtpCode, enhancedCode, errors, isLogged: true };
  }
  return {
    accepted: taken,
    rejected: rejected.map(({ address, status, detail }) => ({ address, status, detail })),
  };
}

async function takeContent(
  { content, sizeLimitBytes }: Submitted,
  envelope: Envelope,
  message: DoorContent,
  transaction: DoorTransaction,
): Promise<Answer | 'known'> {
  try {
    let bytes = 0;
    for await (const octets of content) {
      bytes += octets.length;
      if (bytes > sizeLimitBytes) {
        message.abort();
        return problem(problemOf(transaction.refuse('END-OF-MESSAGE', tooBigReply)));
      }
      await message.push(octets);
      if (message.refused()) break;
    }
  } catch (error) {
    message.abort();
    if (!(error instanceof NotBase64)) return { kind: 'none' };
    const flaw: Flaw = { pointer: '#/attachments', detail: 'base64 without line ends is wanted' };
    return problem({ status: 422, kind: 'content', detail: 'an attachment is not base64', errors: [flaw] });
  }
  const result = await message.finish();
  if (result.kind === 'known') return 'known';
  if (result.kind === 'refused') return problem(problemOf(result.reply));
  const { queueId } = message;
  const { messageId } = result;
  return accepted(queueId, JSON.stringify({ id: queueId, messageId, ...envelope }));
}

function withFlaw(found: Problem, pointer: string): Problem {
  return { ...found, errors: [{ pointer, detail: found.detail }] };
}

/** With the domain in A-labels, where it is a mailbox: only a local part needs SMTPUTF8. */
function plain(address: string): string {
  const mailbox = parseMailbox(address);
  return mailbox === undefined ? address : printMailbox(mailbox);
}
