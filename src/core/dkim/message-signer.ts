/** What became of one signature, or of a message that got none. */
export type SigningNote =
  | {
      readonly kind: 'signed';
      readonly selector: string;
      readonly domain: string;
      readonly algorithm: string;
    }
  | {
      readonly kind: 'unsigned';
      readonly reason: string;
      /** Something is wrong here, and not just with the message. */
      readonly isTrouble: boolean;
    };

export interface Signed {
  /** DKIM-Signature fields with their CRLFs, to stand before everything else; empty where there are none. */
  readonly fields: Buffer;
  readonly notes: readonly SigningNote[];
}

/** Signs one message while its content passes by. */
export interface MessageSigner {
  /** Takes the next octets of the content, in the form in which hosts get it. */
  push(chunk: Uint8Array): void;
  /** The content has ended. Never rejects. */
  end(): Promise<Signed>;
}

export type StartSigning = () => MessageSigner;
