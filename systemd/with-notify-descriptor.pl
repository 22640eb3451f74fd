# Runs a program with a descriptor that leads to systemd: perl with-notify-descriptor.pl PROGRAM ARGUMENT...
#
# What systemd is told (sd_notify(3)) are datagrams to the unix socket NOTIFY_SOCKET. Node.js can open no such socket, but it
# can write to one that is open, and each write is a datagram of its own process. NOTIFY_FD names the descriptor. Whatever
# goes wrong here, the program runs: it says itself that NOTIFY_SOCKET is there and no descriptor.
use strict;
use Socket qw(AF_UNIX SOCK_DGRAM SOCK_NONBLOCK pack_sockaddr_un);

# Descriptors up to this one stay open in the program.
$^F = 65535;
my $place = $ENV{NOTIFY_SOCKET} // '';
# A path, or a name of the abstract namespace. Nobody waits for a systemd that reads nothing.
if ($place =~ s/^@/\0/ || $place =~ m{^/}) {
  if (socket(SYSTEMD, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0) && connect(SYSTEMD, pack_sockaddr_un($place))) {
    delete $ENV{NOTIFY_SOCKET};
    $ENV{NOTIFY_FD} = fileno SYSTEMD;
  }
}
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
