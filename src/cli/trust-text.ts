import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { showSocketAddress, type SocketAddress } from '../config/addresses.ts';
import { isLoopbackAddress, isUnspecifiedAddress } from '../core/dns/ip-address.ts';

/** A listener. */
export interface Dialled extends SocketAddress {
  /** TLS from the first octet, without STARTTLS. */
  readonly isImplicit: boolean;
}

/**
 * How programs come to trust an authority, as lines to read and to copy.
 *
 * @param path of its certificate
 * @param dialled where a client can try it
 */
export function trustText(path: string, pem: string, dialled: Dialled): readonly string[] {
  const { fingerprint256, subject } = new X509Certificate(pem);
  const [, id = ''] = /dane-relay CA ([0-9a-f]{8})\b/.exec(subject) ?? [];
  const name = `dane-relay-${id}`.replace(/-$/, '');
  const installed = `/usr/local/share/ca-certificates/${name}.crt`;
  return [
    `The authority is ${path}.`,
    'It can vouch for the names and addresses of this relay, and for private',
    'addresses. On another machine, compare its SHA-256 fingerprint first:',
    `  ${fingerprint256}`,
    '',
    'Debian, Ubuntu: most programs (OpenSSL, GnuTLS, PHP, Python, Ruby, Go, Exim,',
    'msmtp, curl, git) read the store of the system.',
    `  install -m 644 ${quoted(path)} ${installed}`,
    '  update-ca-certificates',
    '',
    'Red Hat, Fedora, SUSE (on SUSE the directory is /etc/pki/trust/anchors):',
    `  install -m 644 ${quoted(path)} /etc/pki/ca-trust/source/anchors/${name}.crt`,
    '  update-ca-trust',
    '',
    'Node.js has a store of its own. In the environment of the application:',
    `  NODE_EXTRA_CA_CERTS=${installed}`,
    '',
    'Java as Debian packages it reads the store of the system, if the package',
    'ca-certificates-java is there. Any other Java, with the keytool beside it:',
    `  keytool -importcert -cacerts -storepass changeit -noprompt -alias ${name} -file ${installed}`,
    '',
    'PHP that does not read the store of the system, in php.ini:',
    '  openssl.cafile = /etc/ssl/certs/ca-certificates.crt',
    '',
    'Python with a store of its own (certifi), in the environment:',
    '  SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
    '',
    'Whether it works, once a listener shows the certificate:',
    `  ${tryIt(dialled)}`,
  ];
}

/** A client of this machine dials localhost where it can. */
function tryIt({ host, port, isImplicit }: Dialled): string {
  const isLocal = isLoopbackAddress(host) || isUnspecifiedAddress(host) || host === 'localhost';
  const at = showSocketAddress({ host: isLocal ? 'localhost' : host, port });
  const verified =
    isLocal || isIP(host) === 0 ? `-verify_hostname ${isLocal ? 'localhost' : host}` : `-verify_ip ${host}`;
  const start = isImplicit ? '' : ' -starttls smtp';
  return `openssl s_client${start} -connect ${at} ${verified} -verify_return_error -brief`;
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
