import { readEnvelopeAddress } from '../../core/intake/envelope-address.ts';
import { parseAddressList } from '../../core/sendmail/address-list.ts';
import type { MessageRequest } from '../../core/sendmail/arguments.ts';
import type { DroppedMail } from '../../core/sendmail/dropped-mail.ts';
import type { CallingUser } from './user.ts';

/** A list longer than this was not meant. */
const mostRecipients = 100_000;

/** The recipients of a command line, whose arguments may each be a list of them. */
export function namedRecipients(lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => parseAddressList(list).map(({ address }) => address));
}

/** What is wrong with recipients, in words. */
export function recipientsTrouble(recipients: readonly string[]): string | undefined {
  if (recipients.length === 0) return 'no recipients';
  if (recipients.length > mostRecipients) return `more than ${mostRecipients} recipients`;
  const bad = recipients.find((address) => !isAddress(address));
  return bad === undefined ? undefined : `bad recipient address: ${bad}`;
}

/** What is wrong with a sender, in words. */
export function senderTrouble(sender: string): string | undefined {
  return sender === '' || isAddress(sender) ? undefined : `bad sender address: ${sender}`;
}

/** The relay completes an address without a domain: with which one does not matter here. */
function isAddress(address: string): boolean {
  return readEnvelopeAddress(address, 'localhost') !== undefined;
}

/** The first address that `-f` has; nobody where there is none in it; without `-f` the user who calls. */
export function senderOf({ sender }: MessageRequest, user: CallingUser): string {
  return sender === undefined ? user.name : (parseAddressList(sender)[0]?.address ?? '');
}

/** All that the relay is told of a message besides its content. */
export function envelopeOf(
  { fullName, body, notify, ret, envid, requireTls }: MessageRequest,
  of: {
    readonly sender: string;
    readonly recipients: readonly string[];
    readonly has8Bit: boolean;
    readonly user: CallingUser;
  },
): Omit<DroppedMail, 'contentBytes'> {
  return {
    sender: of.sender,
    recipients: of.recipients.map((address) => ({ address, ...(notify !== undefined && { notify }) })),
    fullName: (fullName ?? of.user.fullName).replace(/\p{Cc}/gu, ' '),
    // Many say nothing of the 8 bits that they send.
    body: of.has8Bit || body === '8BITMIME' ? '8BITMIME' : '7BIT',
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    ...(requireTls && { requireTls }),
  };
}
