#!/bin/bash
# First process of a fresh machine, in namespaces of its own: mounts a root of its own, leaves everything else behind, and
# reaps what is orphaned. `boot.sh LOWER DIRECTORY`: the layers below (as overlay wants them), and an empty directory. Says
# "up" when it is.
set -euo pipefail
lower=$1 directory=$2
mount --make-rprivate /
overlay() {
  mkdir -p "$directory"/{upper,work,root}
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$directory/upper,workdir=$directory/work" "$directory/root"
}
# Where the file system is an overlay already, as in a container, what is written goes to memory.
overlay 2>/dev/null || { mount -t tmpfs tmpfs "$directory" && overlay; }
cd "$directory/root"
mkdir -p proc sys dev run tmp mnt
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
# Of its own namespace: systemd sorts its services into it.
mount -t cgroup2 cgroup2 sys/fs/cgroup || true
# These are the kernel's, and so those of the machine around this one too.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=755 tmpfs run
mkdir -m 1777 run/lock
# A name as Debian's installer writes it down; the resolver is that of slirp4netns.
hostname fresh
echo fresh >etc/hostname
printf '%s\n' '127.0.0.1 localhost' '::1 localhost ip6-localhost' '127.0.1.1 fresh.example.net fresh' >etc/hosts
rm -f etc/resolv.conf
echo 'nameserver 10.0.2.3' >etc/resolv.conf
ip link set lo up
# Not chroot: a process inside one may make no namespaces, as it may on a real machine.
pivot_root . mnt
umount -l /mnt
cd /
# The shell reaps whoever becomes its child, and at SIGHUP makes room for systemd, if it was installed meanwhile. The name
# is what systemd looks for to see that it has a container and no machine to care for; mounts are shared then, for it hands
# credentials to a service in one.
exec /bin/bash -c '
  trap "kill \$!; mount --make-rshared /; exec env -i container=fresh /lib/systemd/systemd" HUP
  echo up
  while :; do sleep infinity & wait $!; done'
