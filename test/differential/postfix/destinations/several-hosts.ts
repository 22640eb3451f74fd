import { bad, destination, good, scripted, type Destination, type MxHost } from '../destination.ts';
import { busy, down, sound, type Material } from '../material.ts';

/** More than one MX host: who is tried, and what is said when none takes the mail. */
export function severalHosts({ ee }: Material): readonly Destination[] {
  const takes: MxHost = { host: sound, tlsa: [good(ee)] };
  const refuses: MxHost = { host: down, tlsa: [good(ee)] };
  const untrue: MxHost = { host: sound, tlsa: [bad(ee)] };
  const plain: MxHost = { host: sound };
  const busyHost: MxHost = { host: busy, tlsa: [good(ee)] };
  const noTls = scripted('two-starttls.test', [ee], { replies: { STARTTLS: '554 5.7.0 No TLS today' } });
  const noService = scripted('two-greeting.test', [ee], { greeting: '554 5.3.2 No service here' });
  const noUser = scripted('two-rejects.test', [ee], { replies: { RCPT: '550 5.1.1 User unknown' } });
  const failing = (label: string, nth: number, hosts: readonly MxHost[]) =>
    inOrder(label, hosts, (names) => [`${names.tlsaOwner(`mx${nth}.${label}`)} TLSA`]);
  return [
    inOrder('down-good', [refuses, takes]),
    inOrder('down-down', [refuses, refuses]),
    inOrder('bad-good', [untrue, takes]),
    inOrder('bad-none', [untrue, plain]),
    inOrder('bad-down', [untrue, refuses]),
    inOrder('none-good', [plain, takes]),
    inOrder('unusable-good', [{ host: sound, tlsa: [good(ee, '1 1 1')] }, takes]),
    failing('fails-good', 1, [takes, takes]),
    failing('fails-bad', 1, [takes, untrue]),
    failing('bad-fails', 2, [untrue, takes]),
    failing('down-fails', 2, [refuses, takes]),
    inOrder('starttls-good', [{ host: noTls, tlsa: [good(ee)] }, takes]),
    inOrder('greeting-good', [{ host: noService, tlsa: [good(ee)] }, takes]),
    inOrder('rejects-good', [{ host: noUser, tlsa: [good(ee)] }, takes]),
    inOrder('busy-good', [busyHost, takes]),
    inOrder('busy-down', [busyHost, refuses]),
    // Two sessions are the limit, and five addresses.
    inOrder('busy-busy-good', [busyHost, busyHost, takes]),
    inOrder('down-five-good', [refuses, refuses, refuses, refuses, refuses, takes]),
    inOrder('bad-bad-bad-good', [untrue, untrue, untrue, takes]),
    destination('gone-good', [takes], { signed: () => ['gone-good MX 1 gone.gone-good'] }),
    destination('dead-good', [takes], { signed: () => ['dead-good MX 1 mx.dead.test.'] }),
  ];
}

function inOrder(
  label: string,
  hosts: readonly MxHost[],
  bogusRrsets?: Destination['bogusRrsets'],
): Destination {
  const named = hosts.map((host, index) => ({ ...host, label: `mx${index + 1}` }));
  return destination(label, named, bogusRrsets === undefined ? {} : { bogusRrsets });
}
