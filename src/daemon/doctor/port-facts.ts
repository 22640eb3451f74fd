import { createServer } from 'node:net';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { listeningAt } from '../../children/listening-process.ts';
import { showSocketAddress, type SocketAddress } from '../../config/addresses.ts';
import type { PortFacts } from '../../core/doctor/ports.ts';
import type { DoctorContext, Running } from './context.ts';

interface Wanted extends SocketAddress {
  readonly key: string;
}

/** Where the settings want to listen, and who does. */
export async function portFacts({ config, running }: DoctorContext): Promise<readonly PortFacts[]> {
  const { listeners, status, http } = config;
  const wanted: readonly Wanted[] = [
    ...listeners.flatMap(({ address, path }) =>
      address.kind === 'tcp' ? [{ host: address.host, port: address.port, key: path }] : [],
    ),
    ...http.listen.flatMap((one) => ('path' in one ? [] : [{ ...one, key: 'http.listen' }])),
    ...status.listen.map((one) => ({ ...one, key: 'status.listen' })),
  ];
  const processes = await running();
  // The system chooses a port for 0.
  const chosen = wanted.filter(({ port }) => port !== 0);
  return Promise.all(chosen.map((one) => portState(one, processes)));
}

async function portState({ key, host, port }: Wanted, running: readonly Running[]): Promise<PortFacts> {
  const shown = { key, address: showSocketAddress({ host, port }) };
  const address = await addressOf(host);
  if (address === undefined) return { ...shown, state: 'foreign address' };
  const owner = await listeningAt('tcp', { host: address, port });
  if (running.length > 0) {
    if (owner === 'nobody') return { ...shown, state: 'closed' };
    if (owner === 'unseen') return { ...shown, state: 'busy' };
    // systemd keeps the sockets that it hands over.
    const isOurs = owner.name === 'systemd' || running.some(({ pid }) => pid === owner.pid);
    return isOurs
      ? { ...shown, state: 'ours' }
      : { ...shown, state: 'taken', by: `${owner.name} (pid ${owner.pid})` };
  }
  if (owner === 'unseen') return { ...shown, state: 'taken' };
  // So is a relay that systemd starts for its first client.
  if (owner !== 'nobody' && owner.name === 'systemd') return { ...shown, state: 'ours' };
  if (owner !== 'nobody') return { ...shown, state: 'taken', by: `${owner.name} (pid ${owner.pid})` };
  return { ...shown, state: await tryToListen({ host: address, port }) };
}

async function addressOf(host: string): Promise<string | undefined> {
  if (isIP(host) !== 0) return host;
  return lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
}

/** Listens for a moment. */
function tryToListen(where: SocketAddress): Promise<PortFacts['state']> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') return resolve('taken');
      resolve(code === 'EACCES' ? 'forbidden' : 'foreign address');
    });
    server.listen({ ...where, exclusive: true }, () => server.close(() => resolve('free')));
  });
}
