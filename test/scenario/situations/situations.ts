/** A situation of docs/operating.md: what an operator sees, types and does. Its output is what the commands really print. */
export interface Situation {
  readonly heading: string;
  /** Where it is played. `destination` has a domain of its own in `world.ts`; the others have a relay of their own. */
  readonly scene:
    | { readonly kind: 'destination'; readonly domain: string; readonly mails?: number }
    | { readonly kind: Scene };
  /** What it is, before the commands. */
  readonly before: string;
  /** As typed; `{id}` is that of the message. */
  readonly commands: readonly string[];
  /** What to do, after them. */
  readonly after: string;
}

export type Scene =
  | 'stranger at the door'
  | 'client with many connections'
  | 'resolver without validation'
  | 'resolver gone'
  | 'redis full'
  | 'redis gone';

const explain = (name: string): string => `dane-relay explain ${name}`;
const list = (domain: string): string => `dane-relay queue list --destination ${domain}`;
const log = (pattern: string): string => `journalctl -u dane-relay -o cat -g '${pattern}'`;

function destination(
  domain: string,
  heading: string,
  before: string,
  commands: readonly string[],
  after: string,
): Situation {
  return { heading, scene: { kind: 'destination', domain }, before, commands, after };
}

export const situations: readonly Situation[] = [
  destination(
    'new-key.test',
    'The key was changed, its TLSA record was not',
    'Mail waits with `Server certificate not verified`. Nothing was sent: somebody in the middle would look the same.',
    [explain('new-key.test'), 'dane-relay tlsa --verify mx.new-key.test'],
    `The operators of the host have to act: the second command prints what they have to publish. The mail goes out by \
itself at the next attempt after that, and \`dane-relay queue flush new-key.test\` makes that attempt now. If you know \
from them that all is well, a line \`new-key.test encrypt\` in the policy map lets the mail through without authentication.`,
  ),
  destination(
    'expired.test',
    'The certificate has expired, and a record of usage 2 cares',
    `The same reason. Here \`check\` tries what a delivery would do, without mail. Records of usage 2 (an authority) ask for a certificate \
that is valid today and has the right name; records of usage 3 do not.`,
    ['dane-relay check expired.test'],
    'The host needs a new certificate of the same authority. Its TLSA record can stay.',
  ),
  destination(
    'broken-signature.test',
    'The TLSA lookup fails',
    `Mail waits with \`TLSA lookup error\`. Whether there are records is not known, so the host is not used: an attacker who \
makes the lookup fail would otherwise have switched DANE off.`,
    [list('broken-signature.test'), 'dane-relay check broken-signature.test'],
    `\`SERVFAIL\` with \`DNSSEC Bogus\` means that the signatures of that zone are wrong (an expired one, a key that the parent \
does not know): its operators have to act. If *every* destination fails like that, look at your resolver and at your \
clock, because signatures have dates.`,
  ),
  destination(
    'bogus.test',
    'A whole zone does not validate',
    'Mail waits with `Host not found, try again`: the MX lookup ended in SERVFAIL. The host does exist; its answers are forged or badly signed.',
    [explain('bogus.test')],
    'As above. Mail is kept for `queue.lifetime`, so it survives the day that most operators need to mend their zone.',
  ),
  destination(
    'nobody-there.test',
    'Connection refused',
    'Nothing listens at port 25 of the host, or a firewall says so.',
    [explain('nobody-there.test')],
    `Usually the host is being restarted. If every destination is refused, port 25 is closed for you: ask your provider, or \
send through \`delivery.relayhost\`.`,
  ),
  destination(
    'silent.test',
    'A timeout',
    'The host takes the connection and says nothing within `delivery.helo_timeout` (5 minutes by default).',
    [list('silent.test')],
    `An overloaded host, or one that makes strangers wait on purpose. Other destinations do not wait for it, and after \
one such attempt the destination is suspended for a while.`,
  ),
  destination(
    'no-starttls.test',
    'STARTTLS is not offered where DANE wants it',
    'The host has signed TLSA records, and the reply to EHLO has no STARTTLS.',
    [explain('no-starttls.test')],
    `Either its TLS is switched off, or something on the way strips it (some firewalls do, with "SMTP inspection"). If it \
happens with every DANE destination, it is your own firewall.`,
  ),
  destination(
    'old-tls.test',
    'The handshake fails',
    'The host speaks only versions of TLS that policy does not allow, or none of our cipher suites.',
    [list('old-tls.test'), 'dane-relay check old-tls.test'],
    '`openssl s_client -starttls smtp -connect mx.old-tls.test:25` shows more. Only its operators can mend that.',
  ),
  destination(
    'greylisting.test',
    'Greylisting',
    'The host puts off what it does not know: a 450 or 451 to RCPT TO, with words like these.',
    [list('greylisting.test')],
    'Nothing. The next attempt comes after `queue.minimal_backoff`, and such hosts remember who asked before.',
  ),
  destination(
    'no-such-user.test',
    'The recipient is refused',
    'The host says no for good (5xx). The mail does not wait: its sender gets a report.',
    [log('{id}: (to=|sender)')],
    'Nothing. The report has the reason, in plain words and in the reply of the host.',
  ),
  destination(
    'small-mailbox.test',
    'The message is too large for the host',
    'The host declares its limit, so the message is returned before it is sent.',
    [explain('{id}')],
    'The sender gets a report. Your own limit is `intake.message_size_limit`.',
  ),
  destination(
    'unsigned.test',
    '`dane-only`, and the domain has no DANE',
    'You have said in the policy map that mail for this domain may go only to hosts with DANE.',
    [explain('unsigned.test')],
    'The level `dane` uses DANE wherever there is DANE, and sends the rest as before. `dane-only` is for domains that have promised it to you.',
  ),
  destination(
    'typing-error.test',
    'A line of the policy map is wrong',
    'A level that does not exist is no reason to do without one: mail for that entry waits, all other mail goes on.',
    [explain('typing-error.test'), log('security level')],
    'Correct the line. The relay sees the change by itself within seconds; `dane-relay check-config` names such lines, too.',
  ),
  {
    heading: 'A provider refuses the login',
    scene: { kind: 'destination', domain: 'by-provider.test' },
    before:
      'Mail goes through a provider (`delivery.relayhost`, or a line of the transport table), and the provider says 535.',
    commands: ["dane-relay queue list --reason 'SASL authentication failed'"],
    after: `Correct the password in the file of \`delivery.sasl_password_maps\`. The mail waits meanwhile; \
\`dane-relay queue retry --reason SASL\` tries it at once.`,
  },
  destination(
    'in-doubt.test',
    'The mail may have arrived',
    `The connection ended between the final dot and its reply, and \`queue.ambiguous = "hold"\` says that you decide. With \
\`resend\`, the default, it is sent again.`,
    [list('in-doubt.test')],
    'Ask the recipient. Then `dane-relay queue delete {id}` if it arrived, `dane-relay queue release {id}` to send it again.',
  ),
  {
    heading: 'The destination is suspended',
    scene: { kind: 'destination', domain: 'is-away.test', mails: 4 },
    before: `After three failures the hosts of a \
destination are left alone for \`queue.minimal_backoff\`, and its mail is deferred without being tried.`,
    commands: [explain('is-away.test'), log('temporarily suspended.*is-away.test')],
    after: 'If you know that the host is back, `dane-relay queue flush is-away.test` ends the suspension.',
  },
  {
    heading: 'A client is not allowed to send',
    scene: { kind: 'stranger at the door' },
    before: 'The client hears `554 5.7.1 … Relay access denied`, because its address is not in `networks`.',
    commands: [log('NOQUEUE')],
    after: 'Add its address or network to `networks`, or let it log in.',
  },
  {
    heading: 'A client has too many connections',
    scene: { kind: 'client with many connections' },
    before: 'The client hears 421. Well-behaved programs come again.',
    commands: [log('too many connections')],
    after:
      '`intake.client_connection_count_limit` is the limit, `intake.client_event_limit_exceptions` names clients without one.',
  },
  {
    heading: 'The resolver does not validate',
    scene: { kind: 'resolver without validation' },
    before:
      'Mail at the levels `dane` and `dane-only` waits, whatever its destination, and none of it is returned.',
    commands: ['dane-relay health', 'dane-relay queue list'],
    after: `Leave \`dns.servers\` empty, and the relay runs a private Unbound that validates. Mail goes on by itself as soon as the \
resolver has answered a probe.`,
  },
  {
    heading: 'The resolver is gone',
    scene: { kind: 'resolver gone' },
    before: 'The same, with another reason.',
    commands: ['dane-relay health'],
    after: 'Start it again.',
  },
  {
    heading: 'Redis is full',
    scene: { kind: 'redis full' },
    before:
      'Clients hear `452 4.3.1`, because the queue fills `queue.memory_high_watermark` of Redis. Deliveries go on.',
    commands: ['dane-relay health', log('of memory are in use')],
    after: `Look for what fills it: \`dane-relay queue list --larger 1MiB\`. When use is below \`queue.memory_low_watermark\`, mail is \
taken again.`,
  },
  {
    heading: 'Redis is gone',
    scene: { kind: 'redis gone' },
    before: 'Clients hear `451 4.3.0`, never 250. What was accepted is on the disk of Redis.',
    commands: ['dane-relay health', log('Redis is not reachable')],
    after: 'Start it again. The relay looks once a second and goes on by itself.',
  },
];
