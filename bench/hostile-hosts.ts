import { createDiffieHellmanGroup } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { makeCertificate, makeChain, type Certificate } from '../test/lab/certificates.ts';
import { startMailHost, type MailHostOptions } from '../test/lab/mail-host.ts';

/** Mail hosts that mean no good to whoever sends them mail. */

export interface HostilePlace {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface HostileHost {
  stop(): Promise<void>;
}

type Start = (place: HostilePlace) => Promise<HostileHost>;

const STEP_MS = 400;

/** By their domain below `test.`. */
export const hostileHosts: Readonly<Record<string, Start>> = {
  /** Says nothing at all. */
  silent: raw(() => {}),
  /** Greets octet by octet. */
  tarpit: raw((socket) => {
    let words = '220 welcome to this slow host';
    const timer = setInterval(() => {
      socket.write(words.charAt(0));
      words = words.slice(1) || '.';
    }, STEP_MS);
    socket.on('close', () => clearInterval(timer));
  }),
  /** Greets without end. */
  flood: raw((socket) => {
    const words = '220-welcome\r\n'.repeat(5_000);
    const pour = (): void => {
      while (!socket.destroyed && socket.write(words));
    };
    socket.on('drain', pour);
    pour();
  }),
  /** Reads no content. */
  deaf: raw((socket) => {
    socket.write('220 deaf ESMTP\r\n');
    socket.on('data', (chunk: Buffer) => {
      const lines = chunk.toString('latin1').split('\r\n').slice(0, -1);
      for (const line of lines) {
        socket.write(line.startsWith('DATA') ? '354 go on\r\n' : '250 Ok\r\n');
        if (line.startsWith('DATA')) socket.pause();
      }
    });
  }),
  /** Talks between its replies. */
  chatter: scripted({ startTls: false, replies: { MAIL: '\r\n250 Ok', '.': '\r\n\r\n250 Ok' } }),
  /** Answers what cannot be an answer. */
  odd: scripted({ startTls: false, replies: { DATA: '250 Resetting', RCPT: '354 go on' } }),
  /** Takes the message and never says so. */
  dropper: scripted({ startTls: false, trouble: { at: 'after final dot', action: 'drop' } }),
  /** Shows as many certificates as go through a handshake. */
  bundle: async (place) => {
    const crowd = await Promise.all(
      Array.from({ length: 150 }, (_, nth) =>
        makeCertificate({ commonName: `Crowd CA ${nth}`, authority: true }),
      ),
    );
    const { leaf, intermediate, root } = await makeChain([place.name]);
    return scripted({ certificates: [leaf, ...crowd, intermediate, root] })(place);
  },
  /** Wants a key exchange in a group of 8,192 bits. */
  group: async (place) => {
    const certificate = await makeCertificate({ names: [place.name], key: 'RSA-2048' });
    return scripted({
      certificates: [certificate],
      tls: { maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES256-GCM-SHA384', dhparam: groupPem('modp18') },
    })(place);
  },
};

function scripted(options: MailHostOptions & { readonly certificates?: readonly Certificate[] }): Start {
  return (place) => startMailHost({ ...place, onMessage: () => {} }, options);
}

/** A server that does with each connection what it likes. */
function raw(behave: (socket: Socket) => void): Start {
  return async ({ address, port }) => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
      socket.on('data', () => {});
      behave(socket);
    });
    server.listen({ host: address, port, backlog: 1024 });
    await once(server, 'listening');
    return {
      async stop() {
        const closed = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
  };
}

/** DHParameter of PKCS #3: SEQUENCE { prime INTEGER, base INTEGER }. */
function groupPem(name: string): string {
  const group = createDiffieHellmanGroup(name);
  const der = element(
    0x30,
    element(0x02, unsigned(group.getPrime())),
    element(0x02, unsigned(group.getGenerator())),
  );
  return `-----BEGIN DH PARAMETERS-----\n${der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END DH PARAMETERS-----\n`;
}

/** A first bit that is set would make it a negative number. */
function unsigned(value: Buffer): Buffer {
  return (value[0] ?? 0) < 0x80 ? value : Buffer.concat([Buffer.from([0]), value]);
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
