import { hasIpv6Loopback } from '../lab/address-space.ts';
import { postfixObstacle } from '../lab/privileges.ts';

/** One row of the demo: a destination, and what must become of a mail to `user@DOMAIN`. */
export interface Case {
  readonly domain: string;
  readonly what: string;
  /** Who hands the mail to the relay. A `report` is the relay's own mail to the sender of mail that bounced. */
  readonly client: 'nodemailer' | 'swaks' | 'report';
  /** Entry in the policy map; without one the relay's default, `dane`, holds. */
  readonly level?: 'dane-only';
  /** The receiving host, as the lab names it; none where no host is to be found. */
  readonly host?: string;
  readonly needs?: 'Postfix' | 'IPv6';
  readonly expected: {
    /** Status, DSN and the word of the TLS line, as the relay logs them; `-` without TLS. */
    readonly outcome: string;
    readonly mails: number;
    /** Whether the host may get mail without the relay knowing whose it is: TLS without DANE. */
    readonly unauthenticated: boolean;
  };
}

/** Whose mailbox the bounces go to. */
export const sender = 'user@implicit.test';

const [authenticated, refused, opportunistic] = [
  { mails: 1, unauthenticated: false },
  { mails: 0, unauthenticated: false },
  { mails: 1, unauthenticated: true },
];

/** In the order in which the mails are sent. The domains are those of the lab's standard world, and one more. */
export const cases: readonly Case[] = [
  {
    domain: 'anonymous.test',
    what: 'before DANE: anonymous TLS, no TLSA',
    client: 'nodemailer',
    host: 'mx.anonymous.test',
    expected: { outcome: 'sent 2.0.0 Anonymous', ...opportunistic },
  },
  {
    domain: 'good.test',
    what: 'after: own CA, TLSA 3 1 1',
    client: 'nodemailer',
    host: 'mx.good.test',
    expected: { outcome: 'sent 2.0.0 Verified', ...authenticated },
  },
  {
    domain: 'postfix.test',
    what: 'a real Postfix, TLSA 3 1 1',
    client: 'swaks',
    host: 'mx.postfix.test',
    needs: 'Postfix',
    expected: { outcome: 'sent 2.0.0 Verified', ...authenticated },
  },
  {
    domain: 'ta.test',
    what: 'own CA, TLSA 2 1 1 behind DNAME, CNAMEs',
    client: 'swaks',
    host: 'mx.ta.test',
    expected: { outcome: 'sent 2.0.0 Verified', ...authenticated },
  },
  {
    domain: 'ipv6.test',
    what: 'at an IPv6 address, TLSA 3 0 1',
    client: 'nodemailer',
    host: 'mx.ipv6.test',
    needs: 'IPv6',
    expected: { outcome: 'sent 2.0.0 Verified', ...authenticated },
  },
  {
    domain: 'half.test',
    what: 'MX record unsigned, its host has TLSA',
    client: 'nodemailer',
    host: 'mx.good.test',
    expected: { outcome: 'sent 2.0.0 Trusted', ...authenticated },
  },
  {
    domain: 'no-tlsa.test',
    what: 'signed domain, no TLSA',
    client: 'nodemailer',
    host: 'mx.no-tlsa.test',
    expected: { outcome: 'sent 2.0.0 Untrusted', ...opportunistic },
  },
  {
    domain: 'unsigned.test',
    what: 'unsigned domain',
    client: 'swaks',
    host: 'mx.unsigned.test',
    expected: { outcome: 'sent 2.0.0 Untrusted', ...opportunistic },
  },
  {
    domain: 'dane-only.test',
    what: 'unsigned domain, our policy: dane-only',
    client: 'nodemailer',
    level: 'dane-only',
    host: 'backup.unsigned.test',
    expected: { outcome: 'deferred 4.7.5 -', ...refused },
  },
  {
    domain: 'wrong-key.test',
    what: 'TLSA 3 1 1 with one wrong hex digit',
    client: 'swaks',
    host: 'mx.wrong-key.test',
    expected: { outcome: 'deferred 4.7.5 Untrusted', ...refused },
  },
  {
    domain: 'ta-wrong.test',
    what: 'own CA, each TLSA digest wrong',
    client: 'nodemailer',
    host: 'mx.ta-wrong.test',
    expected: { outcome: 'deferred 4.7.5 Untrusted', ...refused },
  },
  {
    domain: 'tlsa-fails.test',
    what: 'TLSA record with a forged signature',
    client: 'nodemailer',
    host: 'mx.tlsa-fails.test',
    expected: { outcome: 'deferred 4.7.5 -', ...refused },
  },
  {
    domain: 'stripped.test',
    what: 'TLSA 3 1 1, but STARTTLS is stripped',
    client: 'swaks',
    host: 'mx.stripped.test',
    expected: { outcome: 'deferred 4.7.4 -', ...refused },
  },
  {
    domain: 'rejects.test',
    what: 'TLSA 3 1 1, recipient unknown (550)',
    client: 'swaks',
    host: 'mx.rejects.test',
    expected: { outcome: 'bounced 5.1.1 Verified', ...refused },
  },
  {
    domain: 'null-mx.test',
    what: 'accepts no mail (null MX)',
    client: 'nodemailer',
    expected: { outcome: 'bounced 5.1.10 -', ...refused },
  },
  {
    domain: 'implicit.test',
    what: 'the sender: gets both bounces',
    client: 'report',
    host: 'mx.implicit.test',
    expected: { outcome: 'sent 2.0.0 Verified', ...authenticated, mails: 2 },
  },
];

/** Why this machine cannot show a case, or `undefined`. */
export function obstacle({ needs }: Case): string | undefined {
  if (needs === 'Postfix') return postfixObstacle();
  if (needs === 'IPv6' && !hasIpv6Loopback()) return 'this machine has no ::1';
  return undefined;
}
