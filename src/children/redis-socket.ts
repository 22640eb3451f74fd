import { connect } from 'node:net';

/** A reply of the protocol RESP 2. An error means that Redis did not do the command. */
export type RedisReply =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'error'; readonly text: string }
  /** No server listens on the socket. */
  | { readonly kind: 'nobody' }
  /** A server listens, but it does not speak RESP, does not answer in time, or hung up. */
  | { readonly kind: 'stranger' };

const maxReplySizeBytes = 65_536;

/**
 * Sends one command over a connection of its own. This is enough to look after a server; for its data there is a
 * client.
 */
export function redisCommand(
  socketPath: string,
  args: readonly string[],
  timeoutMs = 2000,
): Promise<RedisReply> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    const settle = (reply: RedisReply): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(() => settle({ kind: 'stranger' }), timeoutMs);
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received += chunk;
      const reply = parseReply(received);
      if (reply !== undefined) settle(reply);
      else if (received.length > maxReplySizeBytes) settle({ kind: 'stranger' });
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      settle({ kind: code === 'ENOENT' || code === 'ECONNREFUSED' ? 'nobody' : 'stranger' }),
    );
    socket.on('close', () => settle({ kind: 'stranger' }));
    socket.write(encodeCommand(args));
  });
}

function encodeCommand(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;
}

/**
 * A simple string, an error, a bulk string or an array of bulk strings, all of ASCII; `undefined` while it is
 * incomplete.
 */
export function parseReply(text: string): RedisReply | undefined {
  const end = text.indexOf('\r\n');
  if (end === -1) return undefined;
  const line = text.slice(1, end);
  switch (text.charAt(0)) {
    case '+':
      return { kind: 'value', value: line };
    case '-':
      return { kind: 'error', text: line };
    case '$':
      return parseBulk(text)?.reply;
    case '*':
      return parseList(text.slice(end + 2), Number(line));
    default:
      return { kind: 'stranger' };
  }
}

function parseList(text: string, length: number): RedisReply | undefined {
  if (!(length >= 0 && length <= 64)) return { kind: 'stranger' };
  const values: string[] = [];
  let rest = text;
  while (values.length < length) {
    const bulk = parseBulk(rest);
    if (bulk === undefined) return undefined;
    if (bulk.reply.kind !== 'value') return bulk.reply;
    values.push(bulk.reply.value);
    rest = bulk.rest;
  }
  return { kind: 'list', values };
}

function parseBulk(text: string): { reply: RedisReply; rest: string } | undefined {
  const end = text.indexOf('\r\n');
  if (end === -1) return undefined;
  const length = Number(text.slice(1, end));
  if (text[0] !== '$' || !(length >= 0)) return { reply: { kind: 'stranger' }, rest: '' };
  const from = end + 2;
  if (text.length < from + length + 2) return undefined;
  return {
    reply: { kind: 'value', value: text.slice(from, from + length) },
    rest: text.slice(from + length + 2),
  };
}
