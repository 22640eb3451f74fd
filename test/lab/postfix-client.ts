import { startPostfix, type PostfixInstance } from './postfix-instance.ts';

/** A real Postfix that sends into the lab what it is given. */
export interface PostfixClient extends PostfixInstance {
  /** Where it takes mail from anybody on loopback. */
  readonly address: string;
  readonly port: number;
}

export interface PostfixClientOptions {
  /** `smtp_tls_security_level`. */
  readonly securityLevel: 'none' | 'may' | 'encrypt' | 'dane' | 'dane-only';
  /** Further main.cf parameters, or other values: `smtp_tls_connection_reuse`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface PostfixClientPlace {
  readonly directory: string;
  readonly address: string;
  /** Where it takes mail, and where it expects the MX hosts. */
  readonly port: number;
  /** Address of a validating resolver at port 53. */
  readonly resolver: string;
}

/**
 * Starts a Postfix that delivers to the MX hosts at the lab's port, by TLSA records of that port. Needs root: its resolver
 * file is its own by a mount namespace.
 */
export async function startPostfixClient(
  { directory, address, port, resolver }: PostfixClientPlace,
  options: PostfixClientOptions,
): Promise<PostfixClient> {
  const instance = await startPostfix({
    directory,
    address,
    port,
    resolver,
    parameters: {
      myhostname: 'client.test',
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      smtp_tcp_port: String(port),
      // With ::1 among its own addresses it would see a loop where an MX host sits there.
      inet_interfaces: '127.0.0.1',
      smtp_dns_support_level: 'dnssec',
      smtp_host_lookup: 'dns',
      smtp_tls_security_level: options.securityLevel,
      smtp_tls_loglevel: '1',
      ...options.parameters,
    },
  });
  return { ...instance, address, port };
}
