import type { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { messageOf } from '../../core/error-words.ts';
import type { ListenerSettings } from '../../config/listener-tables.ts';
import type { CertificateFacts, DialFacts } from '../../core/doctor/listeners.ts';
import { meetTls, systemAuthorities, type MetTls } from '../../tls/meet-tls.ts';
import { NoReply, SmtpLines } from './smtp-lines.ts';

export type Where = { readonly host: string; readonly port: number } | { readonly path: string };

/** What a client meets at a listener. */
export interface Dialled {
  readonly dial: DialFacts;
  /** As sent, the certificate itself first; empty without TLS. */
  readonly chain: readonly X509Certificate[];
  readonly trust: CertificateFacts['chain'];
}

/** A listener as it is set, and as a client meets it. */
export interface SeenListener {
  readonly settings: ListenerSettings;
  readonly dialled: Dialled;
  /** That clients see; of the file while nothing listens. Empty without TLS. */
  readonly chain: readonly X509Certificate[];
  /** Why the files of the certificate cannot be used. */
  readonly trouble?: string;
}

export interface DialOptions {
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** What a client would ask for in TLS. */
  readonly name: string;
  readonly timeoutMs: number;
}

const clearOnly = { chain: [], trust: 'unknown' } as const;

/** Connects as clients do: greeting, EHLO, TLS as it is offered, EHLO, QUIT. No mail is said anything of. */
export async function dialListener(where: Where, options: DialOptions): Promise<Dialled> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const socket = connect(where);
  socket.on('error', () => {});
  try {
    return options.tls === 'implicit'
      ? await speakInTls(socket, where, options, signal)
      : await speak(socket, where, options, signal);
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    return { dial: { kind: 'no greeting', why: error.message }, ...clearOnly };
  } finally {
    socket.destroy();
  }
}

async function speak(
  socket: Socket,
  where: Where,
  options: DialOptions,
  signal: AbortSignal,
): Promise<Dialled> {
  const lines = new SmtpLines(socket, signal);
  const greeting = await lines.reply();
  if (greeting.code !== 220) throw new NoReply(`${greeting.code} ${greeting.lines[0]}`);
  const offered = (await lines.command('EHLO localhost')).lines.slice(1);
  if (options.tls === 'none') {
    await quit(lines);
    return { dial: { kind: 'greeted', offered, offeredInTls: [] }, ...clearOnly };
  }
  const trouble = (tlsTrouble: string): Dialled => ({
    dial: { kind: 'greeted', offered, offeredInTls: [], tlsTrouble },
    ...clearOnly,
  });
  if (!offered.includes('STARTTLS')) return trouble('STARTTLS is not offered, though the settings want it');
  const begun = await lines.command('STARTTLS');
  if (begun.code !== 220) return trouble(`STARTTLS is refused: ${begun.code} ${begun.lines[0]}`);
  lines.release();
  try {
    const met = await meetTls(socket, options.name, signal, []);
    const inTls = new SmtpLines(met.stream, signal);
    const offeredInTls = (await inTls.command('EHLO localhost')).lines.slice(1);
    await quit(inTls);
    return {
      dial: { kind: 'greeted', offered, offeredInTls, tls: met.words },
      chain: met.chain,
      trust: await trustOf(where, options),
    };
  } catch (error) {
    return trouble(`TLS fails: ${messageOf(error)}`);
  }
}

async function speakInTls(
  socket: Socket,
  where: Where,
  options: DialOptions,
  signal: AbortSignal,
): Promise<Dialled> {
  let met: MetTls;
  try {
    met = await meetTls(socket, options.name, signal, []);
  } catch (error) {
    const why = messageOf(error);
    if (/ECONNREFUSED|ENOENT/.test(why)) throw new NoReply(why);
    return {
      dial: { kind: 'greeted', offered: [], offeredInTls: [], tlsTrouble: `TLS fails: ${why}` },
      ...clearOnly,
    };
  }
  const lines = new SmtpLines(met.stream, signal);
  const greeting = await lines.reply();
  if (greeting.code !== 220) throw new NoReply(`${greeting.code} ${greeting.lines[0]}`);
  const offeredInTls = (await lines.command('EHLO localhost')).lines.slice(1);
  await quit(lines);
  return {
    dial: { kind: 'greeted', offered: [], offeredInTls, tls: met.words },
    chain: met.chain,
    trust: await trustOf(where, options),
  };
}

async function quit(lines: SmtpLines): Promise<void> {
  await lines.command('QUIT').catch((error: unknown) => {
    if (!(error instanceof NoReply)) throw error;
  });
}

/** Another connection, which ends after the handshake, since only OpenSSL says what a client would say. */
async function trustOf(
  where: Where,
  { tls, name, timeoutMs }: DialOptions,
): Promise<CertificateFacts['chain']> {
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = connect(where);
  socket.on('error', () => {});
  try {
    if (tls === 'starttls') {
      const lines = new SmtpLines(socket, signal);
      await lines.reply();
      await lines.command('EHLO localhost');
      await lines.command('STARTTLS');
      lines.release();
    }
    const { stream, chain, fault } = await meetTls(socket, name, signal, systemAuthorities());
    stream.write('QUIT\r\n');
    return fault === undefined ? 'trusted' : trustWord(fault, chain);
  } catch {
    return 'unknown';
  } finally {
    socket.destroy();
  }
}

/** @param fault as OpenSSL calls it */
export function trustWord(fault: string, chain: readonly X509Certificate[]): CertificateFacts['chain'] {
  if (fault.includes('DEPTH_ZERO_SELF_SIGNED_CERT')) return 'self-signed';
  if (fault.includes('SELF_SIGNED_CERT_IN_CHAIN')) return 'private authority';
  if (/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/.test(fault)) {
    // RFC 5280 §4.2.2.1: public authorities say where theirs can be had; private ones have no such place.
    const isPublic = chain[0]?.infoAccess?.includes('CA Issuers') === true;
    return isPublic && chain.length === 1 ? 'incomplete' : 'private authority';
  }
  return 'unknown';
}
