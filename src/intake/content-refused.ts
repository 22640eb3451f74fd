/** Thrown into the reader of a message's content: the message is not to be kept. */
export class ContentRefused extends Error {
  override readonly name = 'ContentRefused';
  readonly code = 'CONTENT_REFUSED';
  /** What the client is told at the end of its DATA; absent if the client went away before. */
  readonly reply: string | undefined;

  constructor(message: string, reply?: string) {
    super(message);
    this.reply = reply;
  }
}
