import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Server as TcpServer, Socket as TcpSocket } from 'node:net';
import { promisify } from 'node:util';
import { AUTHENTIC_DATA, RECURSION_AVAILABLE, TRUNCATED_RESPONSE, decode, encode } from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';

/** What a script sends back: datagrams or TCP messages one after the other; none is silence. */
export type Script = (query: DecodedPacket, transport: 'udp' | 'tcp') => readonly Uint8Array[];

export interface ScriptedDns {
  readonly address: string;
  readonly port: number;
  /** `udp A example.org`, in the order of arrival. */
  readonly asked: readonly string[];
  /** Source ports and IDs of the UDP queries. */
  readonly seen: readonly { readonly port: number; readonly id: number }[];
  close(): Promise<void>;
}

export interface ReplyParts {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly ad?: boolean;
  readonly tc?: boolean;
  readonly rcode?: number;
  /** XORed with the right one. */
  readonly idChange?: number;
  readonly question?: { readonly name: string; readonly type: 'A' | 'TLSA' };
}

/** A reply to the query as bytes. */
export function replyTo(query: DecodedPacket, parts: ReplyParts): Buffer {
  const flags =
    RECURSION_AVAILABLE |
    (parts.ad === true ? AUTHENTIC_DATA : 0) |
    (parts.tc === true ? TRUNCATED_RESPONSE : 0) |
    (parts.rcode ?? 0);
  return encode({
    type: 'response',
    id: (query.id ?? 0) ^ (parts.idChange ?? 0),
    flags,
    questions: parts.question === undefined ? (query.questions ?? []) : [parts.question],
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
  });
}

/** A DNS server on a loopback port that follows a script, by UDP and by TCP. */
export async function startScriptedDns(script: Script, address = '127.0.0.1'): Promise<ScriptedDns> {
  const asked: string[] = [];
  const seen: { port: number; id: number }[] = [];
  const connections = new Set<TcpSocket>();

  const hear = (message: Buffer, transport: 'udp' | 'tcp'): readonly Uint8Array[] => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    asked.push(`${transport} ${question?.type} ${question?.name}`);
    return script(query, transport);
  };

  const { tcp, udp, port } = await bindBoth(address);
  udp.on('message', (message: Buffer, from: RemoteInfo) => {
    seen.push({ port: from.port, id: message.readUInt16BE(0) });
    for (const reply of hear(message, 'udp')) udp.send(reply, from.port, from.address);
  });
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      for (const reply of hear(chunk.subarray(2), 'tcp')) socket.write(reply);
    });
  });

  return {
    address,
    port,
    asked,
    seen,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await promisify(udp.close.bind(udp))();
      await promisify(tcp.close.bind(tcp))();
    },
  };
}

/** The message with its length before it, as TCP carries it. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** A port of `address` on which nobody listens, at least now. */
export async function deadPort(address = '127.0.0.1'): Promise<number> {
  const { tcp, udp, port } = await bindBoth(address);
  await promisify(udp.close.bind(udp))();
  await promisify(tcp.close.bind(tcp))();
  return port;
}

/** One port of `address`, by TCP and by UDP: a free one if it is 0. */
export async function bindBoth(
  address: string,
  wanted = 0,
): Promise<{ tcp: TcpServer; udp: Socket; port: number }> {
  const tcp = createServer();
  await new Promise<void>((listening, failed) => {
    tcp.once('error', failed);
    tcp.listen(wanted, address, listening);
  });
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((bound, failed) => {
    udp.once('error', failed);
    udp.bind(port, address, bound);
  });
  return { tcp, udp, port };
}
