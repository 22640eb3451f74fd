import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Certificate } from '../../test/lab/certificates.ts';
import { startLab, type Lab } from '../../test/lab/lab.ts';
import type { World } from '../../test/lab/world.ts';
import { generateLoad, type Load, type LoadReport } from '../generate-load.ts';
import type { Peer } from '../peer.ts';
import { startRelayPeer } from '../relay-peer.ts';
import { sessions } from '../scenarios.ts';
import { startSink, type Sink } from '../sink.ts';
import { benchWorld, type BenchWorld } from '../world.ts';

/** Zone whose every name is a destination whose mail host takes connections and says nothing. */
export const hangingZone = 'hangs.test';
export const hangingHost = `mx.${hangingZone}`;

/** What a study is told on its command line. */
export interface StudyOptions {
  readonly messages?: number;
  readonly relaySettings: readonly string[];
  /** Where Node writes CPU profiles of the relay. */
  readonly cpuProfile?: string;
  /** What was found is to be kept, where the study keeps anything. */
  readonly record?: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Prints its figures; resolves to what went wrong, in words. */
export type Study = (options: StudyOptions) => Promise<readonly string[]>;

/** The world of the studies: domains of the bench, and destinations that hang. */
export interface Stage extends AsyncDisposable {
  readonly lab: Lab;
  /** The hosts of the bench's domains come up. */
  raiseSink(): Promise<Sink>;
  /** The host of `hangingZone` takes connections and says nothing. */
  raiseHang(): Promise<{ readonly open: ReadonlySet<Socket> }>;
  /** Anew on the same data, if one was stopped. */
  startRelay(settings?: readonly string[], split?: boolean): Promise<Peer>;
  submit(relay: Peer, load: Partial<Load> & { readonly tag: string }): Promise<LoadReport>;
}

/** @param bench its domains and hosts, if they are not one host for each domain */
export async function setStage(
  domains: number,
  { relaySettings, signal, cpuProfile }: Pick<StudyOptions, 'cpuProfile' | 'relaySettings' | 'signal'>,
  bench?: BenchWorld,
): Promise<Stage> {
  const { world, certificates } = bench ?? (await benchWorld(domains));
  const lab = await startLab({
    domains: [
      ...world.domains,
      {
        name: hangingZone,
        dnssec: 'unsigned',
        records: (names) => ['* MX 10 mx', `mx ${names.address(hangingHost)}`],
      },
    ],
    hosts: [...world.hosts, { kind: 'absent', name: hangingHost }],
  });
  const open: AsyncDisposable[] = [lab];
  return {
    lab,
    async raiseSink() {
      const sink = await raise(lab, world, certificates);
      open.push(sink);
      return sink;
    },
    async raiseHang() {
      const { sockets, ...hang } = await startHang(lab.host(hangingHost).address, lab.port);
      open.push(hang);
      return { open: sockets };
    },
    async startRelay(settings = [], split = false) {
      const relay = await startRelayPeer(lab, {
        settings: [...settings, ...relaySettings],
        split,
        ...(cpuProfile === undefined ? {} : { cpuProfile }),
      });
      open.push(relay);
      return relay;
    },
    submit(relay, load) {
      const { address, port } = relay;
      const usual = { messages: 1, sessions, messagesPerConnection: 10, sizeBytes: 1024, domains };
      return generateLoad({ address, port, ...usual, ...load }, signal);
    },
    async [Symbol.asyncDispose]() {
      for (const thing of open.toReversed()) await thing[Symbol.asyncDispose]();
    },
  };
}

function raise(lab: Lab, { hosts }: World, certificates: readonly Certificate[]): Promise<Sink> {
  const addresses = hosts.map(({ name }) => lab.host(name).address);
  const { port, directory } = lab;
  return startSink({ addresses, port, directory, roundTripMs: 0 }, certificates);
}

async function startHang(
  host: string,
  port: number,
): Promise<AsyncDisposable & { readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen({ host, port, backlog: 4096 });
  await once(server, 'listening');
  return {
    sockets,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** How many lines of the relay's log match. */
export function linesOf({ logFiles }: Peer, pattern: RegExp): number {
  return logFiles.reduce((sum, file) => sum + (readFileSync(file, 'utf8').match(pattern)?.length ?? 0), 0);
}
