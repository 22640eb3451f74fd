import { createHash, sign, type KeyObject } from 'node:crypto';
import { messageOf } from '../core/error-words.ts';
import { authorDomains } from '../core/dkim/authors.ts';
import type { MessageSigner, Signed, SigningNote, StartSigning } from '../core/dkim/message-signer.ts';
import { RelaxedBody } from '../core/dkim/relaxed-body.ts';
import {
  completeField,
  coverHeader,
  signedText,
  unsignedField,
  type CoveredHeader,
  type HeaderChoice,
} from '../core/dkim/signature.ts';
import { SignedHeader } from '../core/dkim/signed-header.ts';
import { LineLimit } from '../core/smtp/line-limit.ts';
import type { SigningKey } from './signing-key.ts';

export interface SigningRules {
  readonly header: HeaderChoice;
  /** The keys for mail whose author is at this domain, at the time of the call; empty if there are none. */
  readonly keysFor: (domain: string) => readonly SigningKey[];
  /** Time for which a signature is good; 0: for ever. */
  readonly expireMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Nobody reads a signature that names more. */
const mostFields = 256;

/** Signs messages for their authors (RFC 6376 §5). */
export function startSigning(rules: SigningRules): StartSigning {
  const wanted = new Set(rules.header.sign.map((name) => name.toLowerCase()));
  return () => new ContentSigner(rules, new SignedHeader(wanted));
}

class ContentSigner implements MessageSigner {
  readonly #rules: SigningRules;
  readonly #header: SignedHeader;
  readonly #body = new RelaxedBody();
  /** Hosts get long lines broken, whoever they are. */
  readonly #limit = new LineLimit();
  /** Known once the header has ended. */
  #choice: readonly SigningKey[] | string | undefined;

  constructor(rules: SigningRules, header: SignedHeader) {
    this.#rules = rules;
    this.#header = header;
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#limit.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  async end(): Promise<Signed> {
    this.#take(this.#limit.end());
    if (!this.#header.ended) this.#header.end();
    const choice = (this.#choice ??= this.#choose());
    if (typeof choice === 'string') return unsigned(choice);
    const covered = coverHeader(this.#rules.header, (name) => this.#header.of(name));
    if (covered.names.length > mostFields) return unsigned('too many header fields to be signed');
    const bodyHash = this.#body.end();
    const signed = await Promise.all(choice.map((key) => this.#sign(key, covered, bodyHash)));
    return {
      fields: Buffer.concat(signed.map(({ fields }) => fields)),
      notes: signed.flatMap(({ notes }) => notes),
    };
  }

  #take(octets: Buffer): void {
    const body = this.#header.push(octets);
    if (!this.#header.ended) return;
    this.#choice ??= this.#choose();
    if (typeof this.#choice !== 'string') this.#body.push(body);
  }

  /** The keys to sign with, or why there are none. */
  #choose(): readonly SigningKey[] | string {
    if (this.#header.tooLarge) return 'the header fields to be signed are too large';
    const [from, another] = this.#header.of('from');
    if (from === undefined) return 'no From field';
    // RFC 5322 §3.6 allows one. Which of several is shown to the reader is anybody's guess, so nobody vouches for them.
    if (another !== undefined) return 'several From fields';
    const domains = authorDomains(from);
    if (domains.length === 0) return 'no domain in the From field';
    const keys = domains.map((domain) => this.#rules.keysFor(domain)).find((found) => found.length > 0);
    return keys ?? `no key for ${domains.join(', ')}`;
  }

  async #sign(key: SigningKey, covered: CoveredHeader, bodyHash: string): Promise<Signed> {
    const { algorithm, domain, selector, privateKey } = key;
    const { now, expireMs } = this.#rules;
    const signedAt = Math.floor(now() / 1000);
    const expiry = expireMs === 0 ? {} : { expiresAt: signedAt + Math.ceil(expireMs / 1000) };
    const field = unsignedField(
      { algorithm, domain, selector, signedAt, ...expiry },
      covered.names,
      bodyHash,
    );
    const text = Buffer.from(signedText(covered, field), 'latin1');
    try {
      const signature = await (algorithm === 'rsa-sha256'
        ? signOffThread('sha256', text, privateKey)
        : // RFC 8463 §3: Ed25519 signs the hash.
          signOffThread(null, createHash('sha256').update(text).digest(), privateKey));
      const fields = Buffer.from(completeField(field, signature), 'latin1');
      return { fields, notes: [{ kind: 'signed', selector, domain, algorithm }] };
    } catch (error) {
      return unsigned(`the key ${selector} of ${domain} does not sign: ${messageOf(error)}`, true);
    }
  }
}

function unsigned(reason: string, isTrouble = false): Signed {
  const note: SigningNote = { kind: 'unsigned', reason, isTrouble };
  return { fields: Buffer.alloc(0), notes: [note] };
}

/** RSA takes a millisecond, which other clients do not have to wait for. */
function signOffThread(algorithm: 'sha256' | null, data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(algorithm, data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
}
