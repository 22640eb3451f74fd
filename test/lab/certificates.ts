import { generateKeyPair, type KeyPairKeyObjectResult } from 'node:crypto';
import { promisify } from 'node:util';
import {
  keyPemOf,
  day,
  extension,
  generalName,
  keyUsageBits,
  makeCertificate as issue,
  pemOf,
  purposes,
  tlsaFor,
  type TestCertificate,
} from '../support/test-ca.ts';

/** A certificate of the test authority as a server takes it, with its private key. */
export interface Certificate extends TestCertificate {
  readonly pem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
}

/** What the hosts of a lab need; for anything else there is test-ca.ts. */
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

const newKeys = promisify(generateKeyPair);

/** Makes a key and a certificate for it, valid now, signed by `issuer` (whatever that is allowed to sign), or by itself. */
export async function makeCertificate(
  options: CertificateOptions,
  issuer?: Certificate,
): Promise<Certificate> {
  const keys: KeyPairKeyObjectResult =
    options.key === 'RSA-2048'
      ? await newKeys('rsa', { modulusLength: 2048 })
      : await newKeys('ec', { namedCurve: 'P-256' });
  const { names = [], authority = false, pathLength, nameConstraints } = options;
  const usage = options.extendedKeyUsage ?? (authority === true ? [] : [purposes.serverAuth]);
  const { digitalSignature, keyEncipherment, keyCertSign, cRLSign } = keyUsageBits;
  const made = issue(
    {
      keys,
      names,
      subject: options.commonName ?? names[0] ?? 'lab',
      notBefore: options.notBefore?.getTime() ?? Date.now() - day / 24,
      notAfter: options.notAfter?.getTime() ?? Date.now() + 30 * day,
      // RFC 5280 §4.2.1.3.
      keyUsage: authority === true ? [keyCertSign, cRLSign] : [digitalSignature, keyEncipherment],
      ...(authority === 'absent' ? {} : { ca: authority }),
      ...(pathLength === undefined ? {} : { pathLength }),
      ...(usage.length === 0 ? {} : { extendedKeyUsage: usage }),
      ...(nameConstraints === undefined
        ? {}
        : {
            nameConstraints: {
              permitted: (nameConstraints.permitted ?? []).map(generalName.dns),
              excluded: (nameConstraints.excluded ?? []).map(generalName.dns),
            },
          }),
      ...(options.unknownCriticalExtension === true
        ? { extensions: [extension('1.3.6.1.4.1.99999.1', true, Buffer.of(5, 0))] }
        : {}),
    },
    issuer,
  );
  const privateKeyPem = keyPemOf(made);
  return { ...made, pem: pemOf(made.der), privateKeyPem };
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

/** `3 1 1`: usage, selector and matching type as a master file has them. */
export type TlsaParameters = `${number} ${number} ${number}`;

/** Type and RDATA of a TLSA record for a certificate, as a master file has them. */
export function tlsaRecord(
  certificate: Pick<Certificate, 'der' | 'spki'>,
  parameters: TlsaParameters,
): string {
  return `TLSA ${parameters} ${Buffer.from(tlsaFor(certificate, parameters).data).toString('hex')}`;
}

/** The same record with its last hexadecimal digit altered. */
export function wrongDigit(record: string): string {
  const last = Number.parseInt(record.slice(-1), 16);
  return record.slice(0, -1) + (last ^ 1).toString(16);
}
