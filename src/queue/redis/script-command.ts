import { createHash } from 'node:crypto';
import { Command, type Redis } from 'ioredis';

/** A key or an argument of a script. */
type Word = string | number | Buffer;

interface KnownScript {
  readonly text: string;
  readonly sha: string;
  /** Connections over which Redis was told the text. */
  readonly told: WeakSet<object>;
}

/**
 * A call of a script. What the library makes for a script of its user costs four promises and a copy of the arguments
 * more.
 */
export class ScriptCommand extends Command {
  readonly #script: KnownScript;

  constructor(script: KnownScript, words: readonly Word[], name: 'eval' | 'evalsha') {
    super(name, [name === 'eval' ? script.text : script.sha, 1, ...words]);
    this.#script = script;
  }

  /** Is called when it is sent, and again if it is sent again over another connection. */
  override toWritable(socket: object): string | Buffer {
    const { text, told } = this.#script;
    const isKnown = told.has(socket);
    told.add(socket);
    if (this.name === 'evalsha' && !isKnown) {
      this.name = 'eval';
      this.args[0] = text;
    }
    return super.toWritable(socket);
  }
}

/**
 * Calls a script over this connection, with one key; the call is sent before this returns. Rejects as ioredis does.
 *
 * @param everyTime - Whether its text goes with it each time, and not only where Redis does not know it.
 */
export function scriptCaller(
  redis: Redis,
  text: string,
  everyTime: boolean,
): (words: readonly Word[]) => Promise<unknown> {
  const script = { text, sha: createHash('sha1').update(text).digest('hex'), told: new WeakSet<object>() };
  const send = (name: 'eval' | 'evalsha', words: readonly Word[]): Promise<unknown> =>
    redis.sendCommand(new ScriptCommand(script, words, name)) as Promise<unknown>;
  if (everyTime) return (words) => send('eval', words);
  return (words) =>
    send('evalsha', words).catch((error: unknown) => {
      // Redis was restarted behind a proxy, or somebody has flushed its scripts.
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return send('eval', words);
      throw error;
    });
}
