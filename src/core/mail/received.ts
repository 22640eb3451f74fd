import type { Client } from './message.ts';

/** What our trace line tells (RFC 5321 §4.4). */
export interface Trace {
  readonly client: Client;
  /** Leaves out who the client is: name, address and HELO say where people work. */
  readonly hidesClient?: boolean;
  /** Our own host name. */
  readonly hostname: string;
  readonly queueId: string;
  readonly recipients: readonly { readonly address: string }[];
  /** From formatDate(). */
  readonly date: string;
  /** Absent without TLS. */
  readonly tls?: TraceTls;
}

/** What the trace line tells of TLS. */
export interface TraceTls {
  /** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) …` */
  readonly details: string;
  /** `No client certificate requested` */
  readonly certificate: string;
}

/**
 * Our Received: field, folded, with its final CRLF. The recipient is named only if there is just one, so that blind
 * copies stay blind (RFC 5321 §7.2).
 */
export function receivedField(trace: Trace): string {
  const { client, recipients, tls } = trace;
  const address = client.address.includes(':') ? `IPv6:${client.address}` : client.address;
  const only = recipients.length === 1 ? recipients[0] : undefined;
  const from = `from ${neuterName(client.helo)} (${neuterName(client.name)} [${address}])\r\n\t`;
  const shown = tls === undefined ? '' : `(using ${tls.details})\r\n\t(${tls.certificate})\r\n\t`;
  return (
    `Received: ${trace.hidesClient === true ? '' : from + shown}by ${trace.hostname} (dane-relay) with ${client.protocol} id ${trace.queueId}` +
    `${only ? `\r\n\tfor <${only.address}>` : ''}; ${trace.date}\r\n`
  );
}

/** The same for a message that a program of this host left in the maildrop, as Postfix tells it. */
export function pickupReceivedField({
  uid,
  ...trace
}: Omit<Trace, 'client'> & { readonly uid: number }): string {
  const only = trace.recipients.length === 1 ? trace.recipients[0] : undefined;
  return (
    `Received: by ${trace.hostname} (dane-relay, from userid ${uid})\r\n` +
    `\tid ${trace.queueId}${only ? ` for <${only.address}>` : ''}; ${trace.date}\r\n`
  );
}

/** How a message came in, as far as the protocol word tells. */
export interface Transmission {
  /** EHLO, not HELO. */
  readonly extended: boolean;
  readonly tls: boolean;
  readonly authenticated: boolean;
  /** MAIL FROM had SMTPUTF8. */
  readonly smtpUtf8: boolean;
}

/** Registered word for the `with` clause (RFC 3848; RFC 6531 §4.3). */
export function protocolWord(transmission: Transmission): string {
  if (!transmission.extended) return 'SMTP';
  const base = transmission.smtpUtf8 ? 'UTF8SMTP' : 'ESMTP';
  return `${base}${transmission.tls ? 'S' : ''}${transmission.authenticated ? 'A' : ''}`;
}

/** A name that a client gave itself, made safe for header fields and log lines: `?` for what could break out. */
export function neuterName(name: string): string {
  return name.replace(/[^!-~]|[<>()\\";@,]/gu, '?');
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * RFC 5322 §3.3 date-time: `Sat, 21 Nov 2026 22:03:52 +0100`.
 *
 * @param at epoch milliseconds
 * @param offsetMinutes minutes east of Greenwich
 */
export function formatDate(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000);
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(twoDigits).join(':');
  const distance = Math.abs(offsetMinutes);
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(distance / 60))}${twoDigits(distance % 60)}`;
  const day = `${weekdays[local.getUTCDay()]}, ${local.getUTCDate()} ${months[local.getUTCMonth()]}`;
  return `${day} ${local.getUTCFullYear()} ${time} ${zone}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
