import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

export interface Visitor {
  readonly socket: Socket;
  /** What it had heard when the other side hung up. */
  readonly closed: Promise<string>;
}

/** Connects and says that, whatever the other side may say. The caller destroys the socket. */
export async function visit(place: TcpNetConnectOpts, words: string): Promise<Visitor> {
  const socket = connect(place);
  socket.on('error', () => {});
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)));
  await Promise.race([once(socket, 'connect'), closed]);
  socket.write(words);
  return { socket, closed };
}
