import type { Flaw } from './problem.ts';

/** A mailbox with the name of its owner, as a header field shows it. */
export interface Person {
  readonly name: string;
  readonly address: string;
}

export interface Attachment {
  readonly filename?: string;
  readonly contentType?: string;
  readonly cid?: string;
  /** Base64. */
  readonly content: string;
}

/** An address with the place in the request that it comes from. */
export interface Placed {
  readonly address: string;
  readonly pointer: string;
}

/** A message that is to be laid out, and where it goes. */
export interface Draft {
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly replyTo: readonly Person[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly attachments: readonly Attachment[];
  readonly envelope: { readonly from: Placed; readonly to: readonly Placed[] };
  /** For the NOTIFY parameter (RFC 3461 §4.1). */
  readonly notify?: string;
  /** RFC 8689 §2: it goes to hosts that prove who they are and promise the same of the others, or back. */
  readonly requireTls: boolean;
}

const longestField = 998;
const mostHeaders = 50;
const mostAttachments = 100;
/** Header fields are written in one go: what is in them, and whom they name, is to take no longer than others can wait. */
const mostPeople = 1000;
const mostHeaderCharacters = 64 * 1024;
const notifyWords = ['never', 'success', 'failure', 'delay'];

/** Fields that are written from other members, or that only a mail system may write. */
const reserved =
  /^(?:from|to|cc|bcc|reply-to|subject|sender|date|message-id|received|return-path|mime-version|content-.*|resent-.*|dkim-signature|arc-.*)$/i;

/** Reads the JSON form of a message. What makes no sense is told with its place; nothing is dropped without a word. */
export function readDraft(value: unknown): { readonly draft: Draft } | { readonly flaws: readonly Flaw[] } {
  const reader = new DraftReader();
  const draft = reader.draft(value);
  return draft === undefined || reader.flaws.length > 0 ? { flaws: reader.flaws } : { draft };
}

type Members = Readonly<Record<string, unknown>>;

class DraftReader {
  readonly flaws: Flaw[] = [];

  draft(value: unknown): Draft | undefined {
    const members = this.#object(value, '#', [
      'from',
      'to',
      'cc',
      'bcc',
      'replyTo',
      'subject',
      'text',
      'html',
      'headers',
      'attachments',
      'envelope',
      'notify',
      'requireTls',
      'receipt',
    ]);
    if (members === undefined) return undefined;
    const from = this.#person(members['from'], '#/from');
    const groups = (['to', 'cc', 'bcc'] as const).map((key) => this.#people(members[key], `#/${key}`));
    const [to = [], cc = [], bcc = []] = groups;
    const replyTo = this.#people(members['replyTo'], '#/replyTo').map(({ person }) => person);
    const text = this.#text(members['text'], '#/text');
    const html = this.#text(members['html'], '#/html');
    if (text === undefined && html === undefined) this.#flaw('#', 'one of text and html is needed');
    const notify = this.#notify(members['notify']);
    const requireTls = members['requireTls'] ?? false;
    if (typeof requireTls !== 'boolean') this.#flaw('#/requireTls', 'true or false is wanted');
    const named = [...to, ...cc, ...bcc].map(({ person, pointer }) => ({ address: person.address, pointer }));
    const subject = this.#line(members['subject'] ?? '', '#/subject') ?? '';
    const headers = [...this.#headers(members['headers']), ...this.#receipt(members['receipt'])];
    const attachments = this.#attachments(members['attachments']);
    if (from === undefined) return undefined;
    this.#boundHeader(
      [from, ...replyTo, ...[...to, ...cc].map(({ person }) => person)],
      [subject, ...headers.flat()],
    );
    const envelope = this.#envelope(members['envelope'], { address: from.address, pointer: '#/from' }, named);
    if (envelope.to.length === 0) this.#flaw('#/to', 'at least one recipient is needed');
    return {
      from,
      to: to.map(({ person }) => person),
      cc: cc.map(({ person }) => person),
      replyTo,
      subject,
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      headers,
      attachments,
      envelope,
      ...(notify !== undefined && { notify }),
      requireTls: requireTls === true,
    };
  }

  #boundHeader(people: readonly Person[], texts: readonly string[]): void {
    if (people.length > mostPeople)
      this.#flaw('#', `a header may name ${mostPeople} people: envelope and bcc are for more`);
    const all = [...texts, ...people.flatMap(({ name, address }) => [name, address])];
    if (all.reduce((sum, text) => sum + text.length, 0) > mostHeaderCharacters)
      this.#flaw('#', `all header fields together may have ${mostHeaderCharacters} characters`);
  }

  #envelope(value: unknown, from: Placed, to: readonly Placed[]): Draft['envelope'] {
    if (value === undefined) return { from, to };
    const members = this.#object(value, '#/envelope', ['from', 'to']);
    const sender = members?.['from'];
    const named = members?.['to'];
    const place = '#/envelope/from';
    return {
      from: sender === undefined ? from : { address: this.#line(sender, place) ?? '', pointer: place },
      to:
        named === undefined
          ? to
          : this.#list(named, '#/envelope/to').flatMap((one, index) => {
              const pointer = `#/envelope/to/${index}`;
              const address = this.#line(one, pointer);
              return address === undefined ? [] : [{ address, pointer }];
            }),
    };
  }

  #notify(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const words = this.#list(value, '#/notify');
    for (const [index, word] of words.entries()) {
      if (typeof word !== 'string' || !notifyWords.includes(word))
        this.#flaw(`#/notify/${index}`, `one of ${notifyWords.join(', ')} is wanted`);
    }
    if (words.length === 0 || (words.includes('never') && words.length > 1))
      this.#flaw('#/notify', 'never alone, or some of the others, is wanted');
    return words.join(',').toUpperCase();
  }

  /** The header says whether receipts are wanted, whichever way a message comes. */
  #receipt(value: unknown): Draft['headers'] {
    if (value === true) return [['Dane-Receipt', 'wanted']];
    if (value !== undefined && value !== false) this.#flaw('#/receipt', 'true or false is wanted');
    return [];
  }

  #headers(value: unknown): Draft['headers'] {
    if (value === undefined) return [];
    if (!isObject(value)) {
      this.#flaw('#/headers', 'an object is wanted');
      return [];
    }
    const entries = Object.entries(value);
    if (entries.length > mostHeaders) this.#flaw('#/headers', `at most ${mostHeaders} fields may be added`);
    return entries.slice(0, mostHeaders).flatMap(([name, text]) => {
      const pointer = `#/headers/${escaped(name)}`;
      const line = this.#line(text, pointer);
      // RFC 5322 §2.2: printable ASCII but the colon.
      if (!/^[!-9;-~]{1,76}$/.test(name)) this.#flaw(pointer, 'this cannot be the name of a header field');
      else if (reserved.test(name)) this.#flaw(pointer, 'this field cannot be set here');
      return line === undefined ? [] : [[name, line] as const];
    });
  }

  #attachments(value: unknown): readonly Attachment[] {
    if (value === undefined) return [];
    const items = this.#list(value, '#/attachments');
    if (items.length > mostAttachments)
      this.#flaw('#/attachments', `at most ${mostAttachments} attachments may be added`);
    return items.slice(0, mostAttachments).flatMap((item, index) => {
      const at = `#/attachments/${index}`;
      const members = this.#object(item, at, ['filename', 'contentType', 'cid', 'content']);
      const content = members?.['content'];
      if (typeof content !== 'string') {
        if (members !== undefined) this.#flaw(`${at}/content`, 'a text in base64 is wanted');
        return [];
      }
      const word = (key: 'filename' | 'contentType' | 'cid'): string | undefined => {
        const given = members?.[key];
        return given === undefined ? undefined : this.#line(given, `${at}/${key}`);
      };
      const filename = word('filename');
      const contentType = word('contentType');
      const cid = word('cid');
      if (contentType !== undefined && !/^[\w.+-]{1,100}\/[\w.+-]{1,100}(?:;.*)?$/.test(contentType))
        this.#flaw(`${at}/contentType`, 'a media type such as application/pdf is wanted');
      return [
        {
          ...(filename !== undefined && { filename }),
          ...(contentType !== undefined && { contentType }),
          ...(cid !== undefined && { cid }),
          content,
        },
      ];
    });
  }

  #people(value: unknown, pointer: string): readonly { readonly person: Person; readonly pointer: string }[] {
    if (value === undefined) return [];
    const isList = Array.isArray(value);
    const items: readonly unknown[] = isList ? value : [value];
    return items.flatMap((item, index) => {
      const place = isList ? `${pointer}/${index}` : pointer;
      const person = this.#person(item, place);
      return person === undefined ? [] : [{ person, pointer: place }];
    });
  }

  /** `a@x.example`, `Name <a@x.example>` or `{ name, address }`. */
  #person(value: unknown, pointer: string): Person | undefined {
    if (isObject(value)) {
      const members = this.#object(value, pointer, ['name', 'address']);
      const address = this.#line(members?.['address'], `${pointer}/address`);
      const name = this.#line(members?.['name'] ?? '', `${pointer}/name`);
      return address === undefined || name === undefined ? undefined : { name, address };
    }
    const line = this.#line(value, pointer)?.trim();
    if (line === undefined) return undefined;
    const open = line.endsWith('>') ? line.lastIndexOf('<') : -1;
    if (open === -1) return { name: '', address: line };
    const name = line.slice(0, open).trim();
    return { name: name.replace(/^"(.*)"$/, '$1'), address: line.slice(open + 1, -1) };
  }

  #text(value: unknown, pointer: string): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string' && !value.includes('\0')) return value;
    this.#flaw(pointer, 'a text is wanted');
    return undefined;
  }

  /** A text for a header field: one line, so that nobody adds a field of his own with it. */
  #line(value: unknown, pointer: string): string | undefined {
    if (typeof value !== 'string') {
      this.#flaw(pointer, 'a text is wanted');
      return undefined;
    }
    if (value.length > longestField || /(?!\t)\p{Cc}/u.test(value)) {
      this.#flaw(pointer, `one line of at most ${longestField} characters is wanted`);
      return undefined;
    }
    return value;
  }

  #list(value: unknown, pointer: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.#flaw(pointer, 'a list is wanted');
    return [];
  }

  #object(value: unknown, pointer: string, known: readonly string[]): Members | undefined {
    if (!isObject(value)) {
      this.#flaw(pointer, 'an object is wanted');
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        this.#flaw(`${pointer}/${escaped(key)}`, 'nothing of this name is known here');
    }
    return value;
  }

  #flaw(pointer: string, detail: string): void {
    // Whoever has so many has understood.
    if (this.flaws.length < 20) this.flaws.push({ pointer, detail });
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 6901 §3 and §6. */
function escaped(name: string): string {
  const start = name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
  return encodeURIComponent(start.replace(/\p{Cs}/gu, '\uFFFD'));
}
