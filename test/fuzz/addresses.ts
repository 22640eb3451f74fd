import { familyOf } from '../../src/core/dns/ip-address.ts';
import { isHostName } from '../../src/core/dns/name.ts';
import { domainOf } from '../../src/core/mail/address.ts';
import { destinationOf } from '../../src/core/route/destination.ts';
import type { Capabilities } from '../../src/core/smtp/capabilities.ts';
import { planEnvelope } from '../../src/core/smtp/envelope-plan.ts';
import { parseMailCommand } from '../../src/core/intake/mail-command.ts';
import { parseRcptCommand } from '../../src/core/intake/rcpt-command.ts';
import { pick, type FuzzTarget, type Random } from './target.ts';

/** A host that can be told every address. */
const capabilities: Capabilities = {
  name: 'mx.example',
  startTls: true,
  pipelining: true,
  eightBitMime: true,
  smtpUtf8: true,
  dsn: true,
  size: 0,
};

const peer = { host: 'mx.example', address: '192.0.2.1', port: 25 };

/** Of everything that Unicode has a category for, and what means something in an address. */
const codePoints = [
  ' \t\r\n\0\x7f!"(),-.09:;<=>@A[\\]_a',
  '\x80\x85\xa0\xad\xfc\u0301\u0378\u06dd\u180e\u200b\u200c\u200d\u200e\u2028\u202e\u2060\u2066\u212a\u3002',
  '\ud800\udc00\ue000\ufe0f\ufeff\uff0e\uff21\ufff9\ufffd\ufffe\uffff',
  '\u{1f600}\u{1fae9}\u{e0001}\u{e0041}\u{f0000}\u{10ffff}',
].flatMap((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));

const domains = [
  'a.example',
  'xn--mnchen-3ya.example',
  'm\u00fcnchen.example',
  '127.0.0.01',
  '0x7f.1',
  '2130706433',
  '1.2.3.4',
  '1.2.3.4.',
  'a.999',
  '[192.0.2.1]',
  '[127.0.0.01]',
  '[0177.0.0.1]',
  '[1.2.3.999]',
  '[IPv6:2001:DB8::1]',
  '[IPv6:::ffff:127.0.0.1]',
  '[IPv6:fe80::1%eth0]',
  '[IPv6:::ffff:127.0.0.01]',
] as const;

/** What the relay takes from a client as an address it can say to a host, and it knows where to take it. */
export const addresses: FuzzTarget = {
  name: 'addresses',
  round(random) {
    const localPart = random(4) === 0 ? `"${some(random, 6)}"` : some(random, 8);
    const address = `${localPart}@${random(3) === 0 ? some(random, 6) : pick(domains, random)}`;
    const fault = (text: string): Error => new Error(`${text}: ${JSON.stringify(address)}`);
    const rcpt = parseRcptCommand(`RCPT TO:<${address}>`, { smtpUtf8: true, hostname: 'relay.example' });
    const mail = parseMailCommand(`MAIL FROM:<${address}> SMTPUTF8`, {
      messageSizeLimitBytes: 1_000,
    });
    // A source route in front of nobody (RFC 5321 §4.1.1.3) leaves the null sender.
    if (mail.kind === 'mail' && mail.sender === '') return false;
    if ((rcpt.kind === 'rcpt') !== (mail.kind === 'mail'))
      throw fault('taken in one place and not in the other');
    if (rcpt.kind !== 'rcpt' || mail.kind !== 'mail') return false;

    const { recipient } = rcpt;
    const transaction = { body: '8BITMIME', smtpUtf8: true, size: 1, content: () => [] } as const;
    const plan = planEnvelope(
      { ...transaction, sender: mail.sender, recipients: [recipient] },
      capabilities,
      peer,
      undefined,
    );
    if (plan.kind !== 'ask') throw fault(`refused: ${plan.status.reason}`);
    const [line] = plan.recipients;
    if (line === undefined) throw fault('cannot be said to a host');
    if (!/^RCPT TO:<[^\p{Cc} <>]+> ORCPT=(?:rfc822|utf-8);[!-~]+\r\n$/u.test(line.line)) {
      throw fault(`makes a command ${JSON.stringify(line.line)}`);
    }
    const { kind, host } = destinationOf(recipient.address);
    const isAddress = familyOf(host) !== undefined;
    if (kind === 'literal' ? !isAddress : isAddress || !isHostName(host))
      throw fault(`leads to ${kind} ${host}`);
    if (kind === 'literal' && !/^\[.*\]$/.test(domainOf(recipient.address))) throw fault('no literal');
    return true;
  },
};

function some(random: Random, most: number): string {
  return Array.from({ length: random(most + 1) }, () =>
    random(2) === 0
      ? pick(['a', '1', '.'] as const, random)
      : String.fromCodePoint(codePoints[random(codePoints.length)] ?? 0),
  ).join('');
}
