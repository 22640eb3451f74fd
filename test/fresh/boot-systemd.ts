import type { Machine } from './machine.ts';

const booted = new WeakSet<Machine>();

/** Installs systemd, and has it take over; once. */
export async function bootSystemd(machine: Machine): Promise<void> {
  if (booted.has(machine)) return;
  const install = 'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends';
  const packages = 'systemd systemd-sysv dbus procps';
  const { code, output } = await machine.run('root', `apt-get -q update && ${install} ${packages}`);
  if (code !== 0) throw new Error(`no systemd to be had: ${output}`);
  await machine.boot();
  booted.add(machine);
}
