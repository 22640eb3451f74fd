import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { decode, encode, type DecodedPacket } from 'dns-packet';
import { bindBoth, framed, replyTo } from './scripted-dns.ts';

/** A query on its way to the resolver. */
export interface Passing {
  readonly packet: DecodedPacket;
  /** In lower case. */
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
}

/** What becomes of a reply: messages to send instead of it, one after the other; none is silence. */
export type Corruption = (reply: Buffer, query: Passing) => readonly Buffer[] | Promise<readonly Buffer[]>;

/** What to do about a query; `undefined` lets its reply pass. */
export type Rule = (query: Passing) => Corruption | undefined;

export interface CorruptingProxy {
  readonly address: string;
  readonly port: number;
  /** `127.0.0.1:5300`, as `dns.servers` has it. */
  readonly server: string;
  /** In force from the next query on. */
  rule: Rule | undefined;
  close(): Promise<void>;
}

/** Stands between a relay and its resolver on a loopback port, and spoils what the rule says. */
export async function startCorruptingProxy(
  resolver: { readonly address: string; readonly port: number },
  place: { readonly address: string; readonly port: number } = { address: '127.0.0.1', port: 0 },
): Promise<CorruptingProxy> {
  const { tcp, udp, port } = await bindBoth(place.address, place.port);
  const connections = new Set<TcpSocket>();
  const proxy: CorruptingProxy = {
    address: place.address,
    port,
    server: `${place.address}:${port}`,
    rule: undefined,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await promisify(udp.close.bind(udp))();
      await promisify(tcp.close.bind(tcp))();
    },
  };

  async function answer(query: Buffer, transport: 'udp' | 'tcp'): Promise<readonly Buffer[]> {
    const packet = decode(query);
    const [question] = packet.questions ?? [];
    const passing = {
      packet,
      name: question?.name.toLowerCase() ?? '',
      type: question?.type ?? '',
      transport,
    };
    const corruption = proxy.rule?.(passing);
    const reply = await (transport === 'udp' ? askUdp : askTcp)(resolver, query);
    return corruption === undefined ? [reply] : corruption(reply, passing);
  }

  udp.on('message', (query, from) => {
    const send = async (): Promise<void> => {
      for (const reply of await answer(query, 'udp')) udp.send(reply, from.port, from.address, () => {});
    };
    // A resolver that is gone is silence.
    send().catch(() => {});
  });
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    // Our queries are small, and come in one piece.
    socket.once('data', (chunk: Buffer) => {
      const send = async (): Promise<void> => {
        for (const reply of await answer(chunk.subarray(2), 'tcp')) socket.write(framed(reply));
        socket.end();
      };
      send().catch(() => socket.destroy());
    });
  });
  return proxy;
}

async function askUdp(resolver: { address: string; port: number }, query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.connect(resolver.port, resolver.address);
    await once(socket, 'connect');
    socket.send(query);
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

async function askTcp(resolver: { address: string; port: number }, query: Buffer): Promise<Buffer> {
  const socket = connect(resolver.port, resolver.address);
  try {
    socket.write(framed(query));
    let stream = Buffer.alloc(0);
    while (stream.length < 2 || stream.length < 2 + stream.readUInt16BE(0)) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      stream = Buffer.concat([stream, chunk]);
    }
    return stream.subarray(2);
  } finally {
    socket.destroy();
  }
}

const adBit = 0x20;
const tcBit = 0x02;

function altered(reply: Buffer, alter: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(reply);
  alter(copy);
  return copy;
}

function withoutAd(reply: Buffer): Buffer {
  return altered(reply, (copy) => copy.writeUInt8(copy.readUInt8(3) & ~adBit, 3));
}

export const silence: Corruption = () => [];

export const stripAd: Corruption = (reply) => [withoutAd(reply)];

export const setAd: Corruption = (reply) => [
  altered(reply, (copy) => copy.writeUInt8(copy.readUInt8(3) | adBit, 3)),
];

/** As a forwarder does that knows nothing of DNSSEC. */
export const stripSignatures: Corruption = (reply) => {
  const { answers = [], authorities = [], ...rest } = decode(withoutAd(reply));
  const isPlain = ({ type }: { readonly type: string }): boolean => !/^(RRSIG|NSEC3?)$/.test(type);
  return [encode({ ...rest, answers: answers.filter(isPlain), authorities: authorities.filter(isPlain) })];
};

const isSignature = ({ type }: { readonly type: string }): boolean => type === 'RRSIG';

/** The signatures of records, and not the records. */
export const onlySignatures: Corruption = (reply) => {
  const packet = decode(reply);
  return [encode({ ...packet, answers: (packet.answers ?? []).filter(isSignature), authorities: [] })];
};

/** The same records at another name. */
export const anotherOwner: Corruption = (reply) => {
  const packet = decode(reply);
  const answers = (packet.answers ?? []).filter((answer) => !isSignature(answer));
  return [
    encode({
      ...packet,
      answers: answers.map((answer) => ({ ...answer, name: 'other.test' })),
      authorities: [],
    }),
  ];
};

/** NOERROR, AD and nothing else. */
export const emptied: Corruption = (reply) => {
  return [encode({ ...decode(reply), answers: [], authorities: [] })];
};

/** NOERROR and name servers: a server that sends us on to others. */
export const referral: Corruption = (reply) => {
  const authorities = [{ type: 'NS', name: 'test', ttl: 60, data: 'ns.test' }] as const;
  return [encode({ ...decode(withoutAd(reply)), answers: [], authorities: [...authorities] })];
};

const soa = {
  mname: 'ns.test',
  rname: 'hostmaster.test',
  serial: 1,
  refresh: 3600,
  retry: 600,
  expire: 86_400,
  minimum: 1,
} as const;

/** A denial by a zone, with extended errors (RFC 8914) if there is something the matter with it. */
export function deniedBy(zone: string, ...infoCodes: readonly number[]): Corruption {
  const authorities = [{ type: 'SOA', name: zone, ttl: 60, data: soa }] as const;
  const options = infoCodes.map((code) => ({ code: 15, data: Buffer.from([code >> 8, code & 255]) }));
  return (reply) => [
    encode({
      ...decode(withoutAd(reply)),
      answers: [],
      authorities: [...authorities],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0x8000,
          flag_do: true,
          // The types know of no option but those that they name.
          options: options as unknown as [],
        },
      ],
    }),
  ];
}

export function answerRcode(rcode: number): Corruption {
  return (_, { packet }) => [replyTo(packet, { rcode })];
}

/** TC by UDP, and nothing by TCP. */
export const truncateWithoutTcp: Corruption = (_, { packet, transport }) =>
  transport === 'udp' ? [replyTo(packet, { tc: true, ad: true })] : [];

export function delay(ms: number): Corruption {
  return async (reply) => {
    await sleep(ms);
    return [reply];
  };
}

/** A denial with another ID, then the reply: what a forger sends who has to guess. */
export const forgedFirst: Corruption = (reply, { packet }) => [
  replyTo(packet, { idChange: 1, ad: true, rcode: 3 }),
  replyTo(packet, { ad: true, question: { name: 'other.test', type: 'A' } }),
  Buffer.from([reply.readUInt8(0), reply.readUInt8(1), 0x81, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0]),
  reply,
];

/** A bit of each octet behind the question, in either transport: the records cannot be read. */
export const garble: Corruption = (reply, { packet }) => {
  const start = questionEnd(packet);
  return [
    altered(reply, (copy) =>
      copy.subarray(start).forEach((octet, at) => copy.writeUInt8(octet ^ 0x40, start + at)),
    ),
  ];
};

export const garbleUdp: Corruption = (reply, query) =>
  query.transport === 'udp' ? garble(reply, query) : [reply];

/** One bit of the data of each TLSA record; everything else is as it was. */
export const flipTlsa: Corruption = (reply) => {
  const { answers = [], ...rest } = decode(reply);
  for (const answer of answers) {
    if (answer.type !== 'TLSA') continue;
    const { certificate } = answer.data;
    certificate.writeUInt8(certificate.readUInt8(0) ^ 0x10, 0);
  }
  return [encode({ ...rest, answers })];
};

/** Other TLSA records, and the AD bit that vouches for them: whoever believes that is deceived. */
export function forgeTlsa(digest: Buffer): Corruption {
  return (reply, query) => {
    const { answers = [], ...rest } = decode(reply);
    for (const answer of answers) if (answer.type === 'TLSA') digest.copy(answer.data.certificate);
    return setAd(encode({ ...rest, answers }), query);
  };
}

/** The MX records with a host that has a blank in its name. */
export const badLabels: Corruption = (reply) => {
  const { answers = [], ...rest } = decode(reply);
  const bad = answers.map((answer) =>
    answer.type === 'MX' ? { ...answer, data: { preference: 1, exchange: 'm x.good.test' } } : answer,
  );
  return [encode({ ...rest, answers: bad })];
};

/** The TLSA records among as many others as one message can hold, by TCP. */
export const manyTlsa: Corruption = (reply, { packet, transport }) => {
  if (transport === 'udp') return [replyTo(packet, { tc: true, ad: true })];
  const head = Buffer.from(reply.subarray(0, questionEnd(packet)));
  const { answers = [] } = decode(reply);
  const real = answers.flatMap((answer) => (answer.type === 'TLSA' ? [answer.data.certificate] : []));
  // A pointer to the question, TLSA, IN, 60 s, 35 octets: 3 1 1 and a digest.
  const start = Buffer.from('c00c003400010000003c0023030101', 'hex');
  const count = Math.floor((65_535 - head.length) / (start.length + 32));
  const others = Array.from({ length: count - real.length }, (_, at) => Buffer.alloc(32, String(at)));
  head.writeUInt8(head.readUInt8(3) | adBit, 3);
  head.writeUInt8(head.readUInt8(2) & ~tcBit, 2);
  head.writeUInt16BE(count, 6);
  head.writeUInt32BE(0, 8);
  return [Buffer.concat([head, ...[...others, ...real].flatMap((digest) => [start, digest])])];
};

function questionEnd({ questions }: DecodedPacket): number {
  return 12 + (questions?.[0]?.name.length ?? 0) + 2 + 4;
}
