/** A client as the log names it: `HOST[ADDR]`. */
export interface ClientHost {
  /** Host name of its address, or `unknown`. */
  readonly name: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
}

/** The TLS session of a client. */
export interface ClientTls {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** In the words of OpenSSL: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** Of the cipher's key: used, and of the algorithm. */
  readonly bits: readonly [number, number];
  /** Of the key in our certificate. */
  readonly serverKey?: { readonly type: string; readonly bits?: number; readonly curve?: string };
  readonly askedForCertificate?: boolean;
  /** The name that the client asked for (RFC 6066 §3). */
  readonly serverName?: string;
  /** SHA-256 of the certificate that it showed, in lower-case hexadecimal. */
  readonly certificateFingerprint?: string;
}

/** A program that calls sendmail(1). */
export interface LocalProgram {
  /** The user whose file it is. */
  readonly uid: number;
  /** Envelope sender as given. */
  readonly sender: string;
  /** Of that user, as the program says; empty if it says none. */
  readonly fullName: string;
}

/**
 * Who a client is, as far as it has shown. A session replaces it after STARTTLS, AUTH and XCLIENT.
 */
export interface ClientIdentity extends ClientHost {
  readonly port?: number;
  /** Name of the listener that it came in on. */
  readonly listener: string;
  /** It opened a unix socket, and nobody has said that it speaks for another host. */
  readonly isLocal: boolean;
  /** It is a program of this machine, and its message a file in the maildrop. */
  readonly program?: LocalProgram;
  readonly tls?: ClientTls;
  /** The name that it has logged in with. */
  readonly user?: string;
  /** And how: `PLAIN`. */
  readonly saslMethod?: string;
  /** Its certificate has the right to relay. */
  readonly certificateMayRelay: boolean;
  /** A peer speaks for it (XCLIENT): what the peer shows is not the client's own. */
  readonly isSpokenFor?: true;
  /** A balancer that looks whether we are there (PROXY LOCAL or UNKNOWN). */
  readonly isHealthCheck: boolean;
}

/** A client that has shown nothing but its address. */
export function clientAt(address: string, listener: string, port?: number): ClientIdentity {
  const place = { name: 'unknown', address, listener, ...(port !== undefined && { port }) };
  return { ...place, isLocal: false, certificateMayRelay: false, isHealthCheck: false };
}

/** A client of a unix socket, which Postfix names so too. */
export function localClient(listener: string): ClientIdentity {
  return { ...clientAt('127.0.0.1', listener), name: 'localhost', isLocal: true };
}

/**
 * Whether a client may send mail to anybody through us: for its address, its login, its certificate, or because it could
 * open a unix socket.
 *
 * @param inNetworks whether an address is in `networks`
 */
export function mayRelay(client: ClientIdentity, inNetworks: (address: string) => boolean): boolean {
  if (client.isHealthCheck) return false;
  return (
    client.isLocal || client.user !== undefined || client.certificateMayRelay || inNetworks(client.address)
  );
}

/** The same client, before it logged in. */
export function withoutLogin({ user: _user, ...client }: ClientIdentity): ClientIdentity {
  return client;
}
