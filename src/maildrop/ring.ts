import { connect } from 'node:net';

/** What a relay says of a message that it is asked to take. */
export type Answer =
  /** `250 …`: it is in the queue, and its file is gone. */
  | { readonly kind: 'taken'; readonly reply: string }
  /** `5yz …`, for good: the file is the writer's to remove. */
  | { readonly kind: 'refused'; readonly reply: string }
  /** `4yz …`, or nobody answers: it is taken later, if it is kept. */
  | { readonly kind: 'later'; readonly reply?: string };

/** Longer than a relay takes whose Redis does not answer, with the default settings. */
const PATIENCE_MS = 30_000;
const LONGEST_REPLY = 1000;

/** Asks the relay at this socket to take a message of the maildrop now. Never rejects. */
export function ring(socketPath: string, name: string): Promise<Answer> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(socketPath);
    const end = (answer: Answer): void => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(PATIENCE_MS, () => end({ kind: 'later' }));
    socket.on('error', () => end({ kind: 'later' }));
    socket.on('close', () => end(answerOf(said)));
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('\n') || said.length > LONGEST_REPLY) end(answerOf(said));
    });
    socket.write(`${name}\n`);
  });
}

function answerOf(said: string): Answer {
  const end = said.indexOf('\n');
  const reply = said.slice(0, Math.max(end, 0));
  if (!/^[245]\d\d /.test(reply)) return { kind: 'later' };
  if (reply.startsWith('2')) return { kind: 'taken', reply };
  return reply.startsWith('5') ? { kind: 'refused', reply } : { kind: 'later', reply };
}
