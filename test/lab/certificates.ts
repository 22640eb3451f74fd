import './reflect-metadata.ts';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate with its private key, made for one run. */
export interface Certificate {
  readonly pem: string;
  readonly der: Buffer;
  /** PKCS #8. */
  readonly privateKeyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject: string;
}

export interface CertificateOptions {
  /** Default P-256. */
  readonly key?: 'P-256' | 'RSA-2048';
  /** dNSName subject alternative names, wildcards allowed; without any there is no such extension. */
  readonly names?: readonly string[];
  /** Default the first of `names`. */
  readonly commonName?: string;
  /** Default an hour ago. */
  readonly notBefore?: Date;
  /** Default in thirty days. */
  readonly notAfter?: Date;
  /** basicConstraints CA:TRUE and keyCertSign; default CA:FALSE. `absent` leaves basicConstraints out. */
  readonly authority?: boolean | 'absent';
  /** pathLenConstraint, with `authority`. */
  readonly pathLength?: number;
  /** Object identifiers; default serverAuth for a certificate that is no authority. An empty list leaves the extension out. */
  readonly extendedKeyUsage?: readonly string[];
  /** dNSName subtrees (RFC 5280 §4.2.1.10). */
  readonly nameConstraints?: {
    readonly permitted?: readonly string[];
    readonly excluded?: readonly string[];
  };
  /** Adds a critical extension nobody knows. */
  readonly unknownCriticalExtension?: boolean;
}

export const day = 24 * 60 * 60 * 1000;
export const extendedKeyUsage = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;

const algorithms = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'RSA-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** Makes a key and a certificate for it, signed by `issuer` (whatever that is allowed to sign), or by itself. */
export async function makeCertificate(
  options: CertificateOptions,
  issuer?: Certificate,
): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(algorithms[options.key ?? 'P-256'], true, [
    'sign',
    'verify',
  ]);
  const subject = `CN=${options.commonName ?? options.names?.[0] ?? 'lab'}`;
  const signer = issuer ?? { keys, subject };
  const made = await x509.X509CertificateGenerator.create({
    subject,
    issuer: signer.subject,
    notBefore: options.notBefore ?? new Date(Date.now() - 3_600_000),
    notAfter: options.notAfter ?? new Date(Date.now() + 30 * day),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: { ...signer.keys.privateKey.algorithm, hash: 'SHA-256' },
    extensions: [
      ...extensionsOf(options),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    pem: `${made.toString('pem').trimEnd()}\n`,
    der: Buffer.from(made.rawData),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`,
    keys,
    subject,
  };
}

export interface Chain {
  readonly leaf: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
}

/** Root, intermediate and leaf; each part can be given other options than those of a sound chain. */
export async function makeChain(
  names: readonly string[],
  part: Partial<Record<keyof Chain, CertificateOptions>> = {},
): Promise<Chain> {
  const root = await makeCertificate({ commonName: 'Lab Root CA', authority: true, ...part.root });
  const intermediate = await makeCertificate(
    { commonName: 'Lab Issuing CA', authority: true, ...part.intermediate },
    root,
  );
  const leaf = await makeCertificate({ names, ...part.leaf }, intermediate);
  return { leaf, intermediate, root };
}

/** Certificate association data (RFC 6698 §2.1) in hexadecimal; `der` is a whole certificate. */
export function tlsaData(der: Uint8Array, selector: number, matching: number): string {
  const subject = Buffer.from(der);
  const selected =
    selector === 0 ? subject : new X509Certificate(subject).publicKey.export({ type: 'spki', format: 'der' });
  if (matching === 0) return selected.toString('hex');
  return createHash(matching === 1 ? 'sha256' : 'sha512')
    .update(selected)
    .digest('hex');
}

/** `3 1 1`: usage, selector and matching type as a master file has them. */
export type TlsaParameters = `${number} ${number} ${number}`;

/** Type and RDATA of a TLSA record for a certificate, as a master file has them. */
export function tlsaRecord(certificate: Pick<Certificate, 'der'>, parameters: TlsaParameters): string {
  const [, selector, matching] = parameters.split(' ').map(Number);
  return `TLSA ${parameters} ${tlsaData(certificate.der, selector ?? 0, matching ?? 0)}`;
}

/** The same record with its last hexadecimal digit altered. */
export function wrongDigit(record: string): string {
  const last = Number.parseInt(record.slice(-1), 16);
  return record.slice(0, -1) + (last ^ 1).toString(16);
}

function extensionsOf(options: CertificateOptions): x509.Extension[] {
  const { names = [], authority = false, nameConstraints } = options;
  const usage = options.extendedKeyUsage ?? (authority === true ? [] : [extendedKeyUsage.serverAuth]);
  // RFC 5280 §4.2.1.3: keyCertSign and cRLSign, or digitalSignature and keyEncipherment.
  const keyUsage = Buffer.from(authority === true ? '03020106' : '030205a0', 'hex');
  const extensions: x509.Extension[] = [new x509.Extension('2.5.29.15', true, keyUsage)];
  if (authority !== 'absent') {
    extensions.push(new x509.BasicConstraintsExtension(authority, options.pathLength, true));
  }
  if (usage.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension([...usage]));
  if (names.length > 0) {
    extensions.push(
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
    );
  }
  if (nameConstraints !== undefined) extensions.push(nameConstraintsOf(nameConstraints));
  if (options.unknownCriticalExtension === true) {
    extensions.push(new x509.Extension('1.3.6.1.4.1.99999.1', true, new Uint8Array([5, 0])));
  }
  return extensions;
}

/** RFC 5280 §4.2.1.10, written out because the library has no class for it. */
function nameConstraintsOf(constraints: NonNullable<CertificateOptions['nameConstraints']>): x509.Extension {
  const subtrees = (tag: number, names: readonly string[] = []) =>
    names.length === 0 ? [] : [tlv(tag, ...names.map((name) => tlv(0x30, tlv(0x82, Buffer.from(name)))))];
  const value = tlv(0x30, ...subtrees(0xa0, constraints.permitted), ...subtrees(0xa1, constraints.excluded));
  return new x509.Extension('2.5.29.30', true, value);
}

/** One DER element of less than 64 KiB. */
function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length = content.length;
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
