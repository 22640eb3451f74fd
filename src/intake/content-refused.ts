/** The reader of a message's content gets this error if the message must not be kept. */
export class ContentRefused extends Error {
  override readonly name = 'ContentRefused';
  readonly code = 'CONTENT_REFUSED';
  /** The reply to the end of DATA; absent if the client is gone. */
  readonly reply: string | undefined;

  constructor(message: string, reply?: string) {
    super(message);
    this.reply = reply;
  }
}
