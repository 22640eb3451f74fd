/** What holds for all clients of one listener. */
export interface ListenerRules {
  /** As the log and metrics name it: a word of the operator's, or its address. */
  readonly name: string;
  /** `starttls`: offered in EHLO. `implicit`: TLS before the greeting. */
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** Mail is taken under TLS alone (Postfix `smtpd_tls_security_level = encrypt`). */
  readonly tlsRequired: boolean;
  readonly auth: 'none' | 'offer' | 'require';
  /** AUTH is offered under TLS alone. */
  readonly tlsAuthOnly: boolean;
  /** Client certificates with the right to relay, by SHA-256 of certificate or public key in lower-case hexadecimal. */
  readonly relayClientcerts: ReadonlySet<string>;
  /** Whose connections begin with a PROXY header, and nobody else's are taken; absent: none do. */
  readonly proxyPeers?: (address: string) => boolean;
  /** Who may use XCLIENT and XFORWARD; absent: nobody. */
  readonly xclientPeers?: (address: string) => boolean;
}

/** A listener without TLS and AUTH: one of `listen`. */
export function plainListener(name: string): ListenerRules {
  return {
    name,
    tls: 'none',
    tlsRequired: false,
    auth: 'none',
    tlsAuthOnly: true,
    relayClientcerts: new Set(),
  };
}

/** Whether a client without TLS can send no mail: it must have TLS, or a login that it can make under TLS alone. */
export function wantsTls({
  tlsRequired,
  auth,
  tlsAuthOnly,
}: Pick<ListenerRules, 'tlsRequired' | 'auth' | 'tlsAuthOnly'>): boolean {
  return tlsRequired || (auth === 'require' && tlsAuthOnly);
}
