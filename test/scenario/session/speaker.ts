import type { Socket } from 'node:net';

/** What to do at a point of the dialogue: say this, or one of these. */
export type Act =
  | string
  /** Say nothing more, whatever comes. */
  | { readonly hang: true }
  /** Say this, if anything, and read no more: what is sent to us piles up on the way. */
  | { readonly deaf: string }
  /** Say this and close the connection; `reset` closes it the hard way. */
  | { readonly drop: string; readonly reset?: true }
  /** Say this, and nothing more. */
  | { readonly stall: string }
  /** Say exactly this, without a line end of ours. */
  | { readonly raw: string }
  /** Say this with a line end, each octet in a packet of its own. */
  | { readonly bytes: string }
  /** Say this over and over, octet by octet, and read no more. */
  | { readonly trickle: string }
  /** Say it after a while. */
  | { readonly later: string; readonly ms: number };

/** True if nothing is done after it. */
export function isLast(act: Act): boolean {
  return typeof act !== 'string' && ['hang', 'deaf', 'drop', 'stall', 'trickle'].some((kind) => kind in act);
}

/** What an act says, if anything. */
export function wordsOf(act: Act): string {
  return typeof act === 'string'
    ? act
    : (Object.values(act).find((value) => typeof value === 'string') ?? '');
}

/**
 * One after the other: what is begun is said to its end before the next is. `raw` is the connection below, where
 * `socket` is TLS.
 */
export function speaker(socket: Socket, raw: Socket): (act: Act) => void {
  let turn: Promise<void> | undefined;

  async function afterwards(before: Promise<void>, act: Act): Promise<void> {
    await before;
    await perform(socket, raw, act);
  }
  return (act) => {
    const performed = turn === undefined ? perform(socket, raw, act) : afterwards(turn, act);
    if (performed === undefined) return;
    const mine = performed.finally(() => {
      if (turn === mine) turn = undefined;
    });
    turn = mine;
  };
}

function perform(socket: Socket, raw: Socket, act: Act): Promise<void> | undefined {
  const write = (text: string): void => void (socket.destroyed || socket.write(text, 'latin1'));
  if (typeof act === 'string') write(`${act}\r\n`);
  else if ('raw' in act) write(act.raw);
  else if ('bytes' in act) return speak(socket, `${act.bytes}\r\n`, 1);
  else if ('later' in act) {
    return new Promise((resolve) => {
      setTimeout(() => {
        write(`${act.later}\r\n`);
        resolve();
      }, act.ms);
    });
  } else if ('trickle' in act) return speak(socket, act.trickle, Infinity);
  else if ('stall' in act) write(`${act.stall}\r\n`);
  else if ('deaf' in act) {
    if (act.deaf !== '') write(`${act.deaf}\r\n`);
    socket.pause();
  } else if ('drop' in act) {
    if (act.drop !== '') write(`${act.drop}\r\n`);
    if (act.reset === true) setTimeout(() => raw.resetAndDestroy(), 20);
    else socket.end();
  }
  return undefined;
}

/** Octet by octet. */
function speak(socket: Socket, text: string, times: number): Promise<void> {
  return new Promise((resolve) => {
    let said = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || said >= text.length * times) {
        clearInterval(timer);
        resolve();
      } else socket.write(text.charAt(said % text.length), 'latin1');
      said += 1;
    }, 1);
  });
}
