import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Attachment, Draft, Person } from './draft.ts';

/** So many characters of base64 are decoded at a time: a multiple of four. */
const PIECE_CHARACTERS = 64 * 1024;
/** Longer texts are encoded in pieces, as base64: to look for the best encoding of one takes as long as it is. */
const LONG_TEXT = 32 * 1024;

/** An attachment is not what it has to be. */
export class NotBase64 extends Error {
  override readonly name = 'NotBase64';
}

/** The mail that a draft says, lines with CRLF. The stream reads no file and asks no host; it fails with NotBase64. */
export function compose(draft: Draft): Readable {
  const { from, to, cc, replyTo, subject, text, html, headers, attachments } = draft;
  const composer = new MailComposer({
    from: addressOf(from),
    to: to.map(addressOf),
    cc: cc.map(addressOf),
    replyTo: replyTo.map(addressOf),
    subject,
    ...(text !== undefined && { text: textPart(text) }),
    ...(html !== undefined && { html: textPart(html) }),
    headers: headers.map(([key, value]) => ({ key, value })),
    attachments: attachments.map(attachmentOf),
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().createReadStream();
}

/** Never a text that the library would take apart. */
function addressOf({ name, address }: Person): { readonly name: string; readonly address: string } {
  return { name, address };
}

function textPart(text: string): string | { content: Readable; contentTransferEncoding: string } {
  if (text.length <= LONG_TEXT) return text;
  return { content: pieces(text, 'utf8'), contentTransferEncoding: 'base64' };
}

function attachmentOf({ filename, contentType, cid, content }: Attachment) {
  const named: string | false = filename ?? false;
  return {
    filename: named,
    ...(contentType !== undefined && { contentType }),
    ...(cid !== undefined && { cid }),
    content: pieces(content, 'base64'),
    contentTransferEncoding: 'base64',
  };
}

function pieces(text: string, encoding: 'utf8' | 'base64'): Readable {
  function* cut(): Generator<Buffer> {
    for (let at = 0; at < text.length;) {
      let end = at + PIECE_CHARACTERS;
      // No surrogate pair is cut in two.
      if (encoding === 'utf8' && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1;
      const piece = text.slice(at, end);
      if (encoding === 'base64' && !isBase64(piece, end >= text.length)) throw new NotBase64();
      yield Buffer.from(piece, encoding);
      at = end;
    }
  }
  return Readable.from(cut(), { objectMode: false });
}

/** RFC 4648 §4, which `Buffer` is silent about. */
function isBase64(piece: string, isLast: boolean): boolean {
  return piece.length % 4 === 0 && (isLast ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9+/]*$/).test(piece);
}
