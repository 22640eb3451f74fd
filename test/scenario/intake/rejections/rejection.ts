import { type ListenerRules, plainListener } from '../../../../src/core/intake/listener.ts';
import type { IntakeOptions, IntakePorts } from '../../../../src/intake/intake-options.ts';
import type { ServerIdentity } from '../../../../src/tls/accept-tls.ts';
import { readServerCertificate } from '../../../../src/tls/server-certificate.ts';
import { keyPemOf, makeAuthority, makeCertificate, pemOf } from '../../../support/test-ca.ts';

/** A situation in which a client is refused something: what it hears, and what the log says. */
export interface Rejection {
  readonly situation: string;
  /** What the client says before; EHLO unless given. */
  readonly before?: readonly string[];
  /** What is refused; nothing if the client is turned away before it can speak. */
  readonly said?: string;
  readonly reply: string;
  /** The line of the log; absent if it has none of its own, and only the count in the line at the end of the session. */
  readonly line?: string;
  /** The connection is closed after the reply. */
  readonly closes?: true;
  /** The client is not in `networks`. */
  readonly stranger?: true;
  readonly options?: Partial<IntakeOptions>;
  readonly ports?: Partial<IntakePorts>;
  /** The client comes in under TLS. */
  readonly secured?: true;
  /** Other connections that the client has. */
  readonly others?: number;
}

/** Of one part of the dialogue. */
export interface Rejections {
  readonly title: string;
  readonly rows: readonly Rejection[];
}

export const ehlo = 'EHLO app';
export const mail = [ehlo, 'MAIL FROM:<s@x.example>'];
export const rcpt = [...mail, 'RCPT TO:<r@y.example>'];
export const data = [...rcpt, 'DATA'];
export const local = 'localhost[127.0.0.1]';
export const stranger = 'localhost[127.0.0.9]';
export const inMail = 'from=<s@x.example>';
export const inRcpt = `${inMail} to=<r@y.example>`;
export const said = 'proto=ESMTP helo=<app>';

export function atMail(
  situation: string,
  line: string,
  reply: string,
  more: Partial<Rejection> = {},
): Rejection {
  const log = `NOQUEUE: reject: MAIL from ${local}: ${reply}; ${said}`;
  return { situation, before: [ehlo], said: `MAIL FROM:${line}`, reply, line: log, ...more };
}

export function atRcpt(
  situation: string,
  line: string,
  reply: string,
  more: Partial<Rejection> = {},
): Rejection {
  const log = `NOQUEUE: reject: RCPT from ${local}: ${reply}; ${inMail} ${said}`;
  return { situation, before: mail, said: `RCPT TO:${line}`, reply, line: log, ...more };
}

export function atEnd(
  situation: string,
  content: string,
  reply: string,
  more: Partial<Rejection> = {},
): Rejection {
  const log = `Q1: reject: END-OF-MESSAGE from ${local}: ${reply}; ${inRcpt} ${said}`;
  return { situation, before: data, said: content, reply, line: log, ...more };
}

export function inOrder(
  situation: string,
  before: readonly string[],
  command: string,
  reply: string,
): Rejection {
  return { situation, before, said: command, reply };
}

/** A listener with these rules, and with a certificate where it needs one and has any. */
export function listening(
  rules: Partial<ListenerRules>,
  identity: () => ServerIdentity | undefined = serverIdentity,
): Pick<IntakeOptions, 'listeners'> {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const all = { ...plainListener('test'), ...rules };
  return { listeners: [all.tls === 'none' ? { at, rules: all } : { at, rules: all, identity }] };
}

/** A certificate of `relay.example`. */
function serverIdentity(): ServerIdentity {
  const notAfter = Date.UTC(2100, 0);
  const { der, keys } = makeCertificate(
    { names: ['relay.example'], notAfter },
    makeAuthority('ca', { notAfter }),
  );
  const key = keyPemOf({ keys });
  const certificate = readServerCertificate({ certificate: pemOf(der), key }, false);
  return { certificates: [certificate], relayClientcerts: new Set() };
}
