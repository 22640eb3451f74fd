import { placeOf, type SocketPlace } from './socket-place.ts';

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstDescriptor = 3;

/** A socket that listens already. */
export interface ActivatedSocket {
  readonly descriptor: number;
  /** `FileDescriptorName=` of its unit; several may have the same. */
  readonly name: string;
  /** Where it listens; undefined if it is no TCP socket, or if nobody knows. */
  readonly place: SocketPlace | undefined;
}

/**
 * Takes the sockets that systemd has opened for this process, and removes their variables from `env`, so that no child
 * takes them for its own.
 */
export function takeActivatedSockets(
  env: Record<string, string | undefined>,
  pid: number,
  find: (descriptor: number) => SocketPlace | undefined = placeOf,
): readonly ActivatedSocket[] {
  const { LISTEN_PID: forPid, LISTEN_FDS: count = '', LISTEN_FDNAMES: joined = '' } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  if (forPid !== String(pid) || !/^\d{1,4}$/.test(count)) return [];
  const names = joined === '' ? [] : joined.split(':');
  return Array.from({ length: Number(count) }, (_, index) => {
    const descriptor = firstDescriptor + index;
    return { descriptor, name: names[index] ?? 'unknown', place: find(descriptor) };
  });
}
