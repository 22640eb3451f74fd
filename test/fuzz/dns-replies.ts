import { parseIpAddress } from '../../src/core/dns/ip-address.ts';
import { parseOwnerName, wireName } from '../../src/core/dns/name.ts';
import { answerFromReply, startTrail } from '../../src/resolver/answer-from-reply.ts';
import { typeNumbers } from '../../src/resolver/reply.ts';
import { decodeHead, decodeReply } from '../../src/resolver/wire.ts';
import { mutate, overwrite, pick, type FuzzTarget } from './target.ts';

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(''), 'hex');

/** example.org TLSA, an alias and four records more. */
export const soundReply = hex(
  '123481a00001000300010001',
  '076578616d706c65036f72670000340001',
  'c00c000500010000003c000403616c69',
  'c00c003400010000003c0005030101abcd',
  'c00c000f00010000003c0007000a026d78c00c',
  'c00c000600010000003c0018c00cc00c0000000100000001000000010000000100000001',
  '00002904d0000080000006000f00020006',
);

/** The same question, the record behind an alias that is whole. */
const aliasReply = hex(
  '123481a00001000200000001',
  '076578616d706c65036f72670000340001',
  'c00c000500010000003c000704616c6961c014',
  'c029003400010000003c0005030101abcd',
  '00002904d0000080000000',
);

/** Labels of 1 to 63 octets, of which those that do not show by themselves are `\DDD`. */
const name = /^(?:\.|(?:[a-z0-9_*/:-]|\\[0-2]\d\d){1,63}(?:\.(?:[a-z0-9_*/:-]|\\[0-2]\d\d){1,63})*)$/;
/** Those that were looked at before; nearly all of them come again. */
const sound = new Set<string>();

/** And it is the one text of the octets that it goes over the wire with. */
function isName(text: string): boolean {
  if (sound.has(text)) return true;
  const isSound = name.test(text) && parseOwnerName(text) === text && wireName(text).length <= 255;
  if (isSound && sound.size < 10_000) sound.add(text);
  return isSound;
}

const types = ['A', 'AAAA', 'MX', 'TLSA', 'CNAME', 'NS', 'TXT'] as const;

/** No message is read into a name that is none, and no answer claims more than its reply. */
export const dnsReplies: FuzzTarget = {
  name: 'dns-replies',
  round(random) {
    const change = random(4) === 0 ? mutate : overwrite;
    let message = change(pick([soundReply, aliasReply], random), random);
    for (let more = random(5); more > 0; more -= 1) message = change(message, random);
    const fault = (text: string): Error => new Error(`${text}: ${Buffer.from(message).toString('hex')}`);
    const head = decodeHead(Buffer.from(message));
    const reply = head && decodeReply(Buffer.from(message), head);
    if (typeof reply !== 'object') return false;
    for (const { owner, value, type } of reply.answers) {
      if (!isName(owner)) throw fault(`owner ${JSON.stringify(owner)}`);
      // A text has any octets, one character for each, and fewer than the message.
      const isText = typeof value === 'string' && type === typeNumbers.TXT;
      if (isText && (value.length >= message.length || Buffer.from(value).length > 2 * value.length))
        throw fault(`text ${JSON.stringify(value)}`);
      if (typeof value === 'string' && !isText && !isName(value) && parseIpAddress(value) === undefined)
        throw fault(`value ${JSON.stringify(value)}`);
    }
    const type = pick(types, random);
    const secure = reply.authentic && random(2) === 0;
    const answer = answerFromReply(startTrail('example.org'), type, reply, secure);
    if (answer.kind === 'failed') return true;
    const isEmpty = answer.kind === 'absent' && answer.denial === 'empty';
    if (answer.secure !== (secure && !isEmpty)) throw fault('secure and not, at once');
    if (reply.truncated || reply.extendedRcode > 3) throw fault(`an answer, ${answer.kind}, from a failure`);
    if (answer.kind === 'found' && answer.records.length === 0) throw fault('found nothing');
    if (!isName(answer.name) || answer.aliases.length > 16) throw fault(`name ${answer.name}`);
    if (isEmpty && !['A', 'AAAA', 'MX'].includes(type)) throw fault('an empty reply counts as a denial');
    return true;
  },
};
