import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { showListenerAddress } from '../../config/addresses.ts';
import type { CertificateFiles, ListenerSettings } from '../../config/listener-tables.ts';
import { readOperatorText } from '../../config/operator-file.ts';
import { readPem } from '../../core/dane/pem.ts';
import { isLoopbackAddress, isUnspecifiedAddress } from '../../core/dns/ip-address.ts';
import type { CertificateFacts, ListenerFacts } from '../../core/doctor/listeners.ts';
import { messageOf } from '../../core/error-words.ts';
import {
  namesOfCertificate,
  readServerCertificate,
  UnusableCertificate,
} from '../../tls/server-certificate.ts';
import type { DoctorContext } from './context.ts';
import { dialListener, type Dialled, type SeenListener, type Where } from './dial-listener.ts';

const DIAL_MS = 8_000;

export async function listenerFacts(context: DoctorContext): Promise<readonly ListenerFacts[]> {
  const hostname = await context.hostname();
  return (await context.listeners()).map((seen) => factsOf(seen, hostname));
}

/** Dials them, while a relay runs that accepts mail. */
export async function seeListeners({
  config,
  hostname,
  running,
}: Pick<DoctorContext, 'config' | 'hostname' | 'running'>): Promise<readonly SeenListener[]> {
  const isAccepting = (await running()).some(({ role }) => role !== 'delivery');
  const name = await hostname();
  return Promise.all(config.listeners.map((settings) => see(settings, isAccepting, name)));
}

async function see(
  settings: ListenerSettings,
  isAccepting: boolean,
  hostname: string,
): Promise<SeenListener> {
  const where = whereOf(settings);
  const why = isAccepting ? reasonNotTo(settings, where) : 'no relay runs that accepts mail';
  if (why !== undefined || where === undefined) {
    const dialled: Dialled = { dial: { kind: 'not tried', why: why ?? '' }, chain: [], trust: 'unknown' };
    return { settings, dialled, ...chainOfFile(settings) };
  }
  const [first = hostname] = dialledNames(settings, hostname);
  const dialled = await dialListener(where, { tls: settings.tls, name: first, timeoutMs: DIAL_MS });
  if (dialled.chain.length > 0 || settings.tls === 'none') return { settings, dialled, chain: dialled.chain };
  return { settings, dialled, ...chainOfFile(settings) };
}

function whereOf({ address }: ListenerSettings): Where | undefined {
  if (address.kind === 'unix') return { path: address.path };
  if (address.kind === 'systemd') return undefined;
  const { host, port } = address;
  if (!isUnspecifiedAddress(host)) return { host, port };
  return { host: host.includes(':') ? '::1' : '127.0.0.1', port };
}

function reasonNotTo(
  { address, proxyPeers }: ListenerSettings,
  where: Where | undefined,
): string | undefined {
  if (where === undefined) return 'it is a socket of systemd, whose address is not known here';
  if (address.kind === 'tcp' && address.port === 0) return 'the system has chosen its port';
  return proxyPeers.length > 0 ? 'it takes connections of balancers alone (proxy_peers)' : undefined;
}

/** What clients dial, the most usual first. */
export function dialledNames({ address }: ListenerSettings, hostname: string): readonly string[] {
  if (address.kind !== 'tcp') return ['localhost', hostname];
  const { host } = address;
  if (isUnspecifiedAddress(host)) return [hostname, 'localhost', host.includes(':') ? '::1' : '127.0.0.1'];
  return isLoopbackAddress(host) || host === 'localhost' ? ['localhost', host, hostname] : [hostname, host];
}

function factsOf({ settings, dialled, chain, trouble }: SeenListener, hostname: string): ListenerFacts {
  const { address, path, tls, tlsRequired, auth, tlsAuthOnly } = settings;
  const [leaf] = chain;
  const isShown = dialled.chain.length > 0;
  return {
    address: showListenerAddress(address),
    key: path,
    isLoopback: address.kind !== 'tcp' || isLoopbackAddress(address.host) || address.host === 'localhost',
    tls,
    tlsRequired,
    auth,
    tlsAuthOnly,
    dial: dialled.dial,
    ...(leaf === undefined
      ? {}
      : {
          certificate: certificateFacts(
            leaf,
            isShown ? 'shown' : 'file',
            dialled.trust,
            dialledNames(settings, hostname),
          ),
        }),
    ...(trouble === undefined ? {} : { certificateTrouble: trouble }),
  };
}

function certificateFacts(
  leaf: X509Certificate,
  from: CertificateFacts['from'],
  chain: CertificateFacts['chain'],
  dialled: readonly string[],
): CertificateFacts {
  return {
    from,
    names: namesOfCertificate(leaf),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    covers: [...new Set(dialled)].map((name) => ({
      name,
      isCovered: (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined,
    })),
    chain,
  };
}

/** The first certificate is for clients that ask for no name. */
function chainOfFile({ tls, certificates }: ListenerSettings): Pick<SeenListener, 'chain' | 'trouble'> {
  const [files] = certificates;
  if (tls === 'none' || files === undefined) return { chain: [] };
  try {
    const text = textOf(files.certificate);
    readServerCertificate({ certificate: text, key: textOf(files.key) }, false);
    const blocks = readPem(text).filter(({ label }) => label === 'CERTIFICATE');
    return { chain: blocks.map(({ der }) => new X509Certificate(der)) };
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    return { chain: [], trouble: troubleWith(files, error) };
  }
}

function troubleWith({ certificate }: CertificateFiles, error: UnusableCertificate): string {
  return `${certificate}: ${messageOf(error)}`;
}

function textOf(file: string): string {
  const read = readOperatorText(file, 'octets');
  if ('text' in read) return read.text;
  throw new UnusableCertificate(read.problem);
}
