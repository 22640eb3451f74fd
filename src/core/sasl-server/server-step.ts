/** What becomes of a response. */
export type ServerStep =
  /** The client is asked. `challenge` is base64, perhaps empty. */
  | { readonly kind: 'challenge'; readonly challenge: string }
  /** The client has told a password. It may be right or wrong. */
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** The client has shown that it knows the password. */
  | { readonly kind: 'proven'; readonly user: string }
  /** It has shown that it does not. `user` is what it called itself, if it did. */
  | { readonly kind: 'wrong'; readonly user?: string }
  /** No response of this mechanism, or no base64. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'aborted' };

export function challenge(octets: string | Uint8Array): ServerStep {
  return { kind: 'challenge', challenge: Buffer.from(octets).toString('base64') };
}
