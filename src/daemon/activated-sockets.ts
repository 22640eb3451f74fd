/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstDescriptor = 3;

/** Name (`FileDescriptorName=`) -> descriptors of sockets that listen already. */
export type ActivatedSockets = ReadonlyMap<string, readonly number[]>;

/**
 * Takes the sockets that systemd has opened for this process, and removes their variables from `env`, so that no child
 * takes them for its own.
 */
export function takeActivatedSockets(env: Record<string, string | undefined>, pid: number): ActivatedSockets {
  const { LISTEN_PID: forPid, LISTEN_FDS: count = '', LISTEN_FDNAMES: joined = '' } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  const sockets = new Map<string, number[]>();
  if (forPid !== String(pid) || !/^\d{1,4}$/.test(count)) return sockets;
  const names = joined === '' ? [] : joined.split(':');
  for (let index = 0; index < Number(count); index += 1) {
    const name = names[index] ?? 'unknown';
    sockets.set(name, [...(sockets.get(name) ?? []), firstDescriptor + index]);
  }
  return sockets;
}
