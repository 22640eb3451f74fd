import { toALabels } from '../mail/address.ts';

/** More mailboxes in one From are not looked at. */
const mostAuthors = 20;

/**
 * Domains of the mailboxes of a From field (RFC 5322 §3.6.2), in A-labels, each once and in their order. Empty if there is
 * none that could be anybody's.
 *
 * @param field in its relaxed form, one character per octet
 */
export function authorDomains(field: string): readonly string[] {
  const text = Buffer.from(field.slice(field.indexOf(':') + 1), 'latin1').toString();
  const domains = mailboxes(text).flatMap((mailbox) => {
    const domain = mailbox.slice(mailbox.lastIndexOf('@') + 1).trim();
    const name = mailbox.includes('@') ? toALabels(domain.replace(/\.$/, '')) : undefined;
    return name === undefined ? [] : [name];
  });
  return [...new Set(domains)];
}

/** The addresses of a list, without names, comments, brackets and groups. What is quoted is left out: no domain is. */
function mailboxes(text: string): readonly string[] {
  const found: string[] = [];
  let mailbox = '';
  let comments = 0;
  let quoted = false;
  let angle = false;
  let closed = false;
  const next = (): void => {
    if (mailbox.trim() !== '') found.push(mailbox.trim());
    mailbox = '';
    angle = closed = false;
  };
  for (let at = 0; at < text.length && found.length < mostAuthors; at += 1) {
    const character = text[at] as string;
    if (character === '\\' && (quoted || comments > 0)) at += 1;
    else if (quoted) quoted = character !== '"';
    else if (character === '(') comments += 1;
    else if (comments > 0) comments -= character === ')' ? 1 : 0;
    else if (character === '"') quoted = true;
    else if (character === '<' && !closed) {
      mailbox = '';
      angle = true;
    } else if (character === '>' && angle) {
      angle = false;
      closed = true;
    } else if (!angle && (character === ',' || character === ';')) next();
    // RFC 5322 §3.4: what stands before the colon is the name of a group.
    else if (!angle && character === ':') mailbox = '';
    else if (!closed) mailbox += character;
  }
  next();
  return found;
}
