import { challenge, type ServerStep } from './server-step.ts';
import { isProof, serverSignature, type ScramCredentials } from '../users/scram-verifier.ts';
import { decodeBase64, decodeUtf8 } from './strict-base64.ts';

/**
 * RFC 5802 §7, client-first-message: no channel binding, which we do not offer; perhaps an authorization identity; a
 * name, a nonce, and extensions that nobody has to know.
 */
const clientFirst = /^([ny],(?:a=([^,\0]+))?,)(n=([^,\0]+),r=([!-+\--~]+)(?:,[A-Za-z]=[^,\0]+)*)$/;
/** client-final-message. */
const clientFinal = /^(c=([A-Za-z0-9+/=]+),r=([!-+\--~]+)(?:,[A-Za-z]=[^,\0]+)*),p=([A-Za-z0-9+/=]+)$/;

/** What the first message of the client has settled. */
interface Begun {
  readonly name: string;
  readonly gs2Header: string;
  readonly nonce: string;
  /** client-first-message-bare and server-first-message. */
  readonly messages: string;
  readonly credentials: ScramCredentials;
}

/** SCRAM-SHA-256 without channel binding (RFC 5802 §3, RFC 7677). An unknown user costs what a known one costs. */
export function scram(
  ownNonce: string,
  credentialsOf: (user: string) => ScramCredentials,
): (response: Buffer | undefined) => ServerStep {
  let begun: Begun | undefined;
  let proven: string | undefined;

  function first(text: string): ServerStep {
    const [, gs2Header = '', asWhom, bare = '', encoded = '', clientNonce = ''] =
      clientFirst.exec(text) ?? [];
    const name = decodeName(encoded);
    if (bare === '' || name === undefined) return { kind: 'malformed' };
    if (asWhom !== undefined && decodeName(asWhom) !== name) return { kind: 'wrong', user: name };
    const credentials = credentialsOf(name);
    const { salt, iterations } = credentials.verifier;
    // RFC 5802 §5.1: our part is added to the client's, so that no answer can be used twice.
    const nonce = `${clientNonce}${ownNonce}`;
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    begun = { name, gs2Header, nonce, messages: `${bare},${serverFirst}`, credentials };
    return challenge(serverFirst);
  }

  function final(text: string, { name, gs2Header, nonce, messages, credentials }: Begun): ServerStep {
    const [, withoutProof = '', binding, givenNonce, givenProof = ''] = clientFinal.exec(text) ?? [];
    if (withoutProof === '') return { kind: 'malformed' };
    const proof = decodeBase64(givenProof);
    if (proof === undefined) return { kind: 'malformed' };
    // RFC 5802 §6: who changed the header on its way wanted the channel binding away.
    const isSame = givenNonce === nonce && binding === Buffer.from(gs2Header).toString('base64');
    const authMessage = `${messages},${withoutProof}`;
    const isRight = isProof(proof, credentials.verifier, authMessage);
    const { user } = credentials;
    if (!isSame || !isRight || user === undefined) return { kind: 'wrong', user: name };
    proven = user;
    return challenge(`v=${serverSignature(credentials.verifier, authMessage).toString('base64')}`);
  }

  return (response) => {
    // RFC 5802 §5: the client speaks first, and last, with nothing more to say (RFC 4954 §4).
    if (response === undefined) return challenge('');
    if (proven !== undefined)
      return response.length === 0 ? { kind: 'proven', user: proven } : { kind: 'malformed' };
    const text = decodeUtf8(response) ?? '';
    return begun === undefined ? first(text) : final(text, begun);
  };
}

/** RFC 5802 §5.1: a name in which `,` is `=2C` and `=` is `=3D`. Undefined if another `=` is in it. */
function decodeName(encoded: string): string | undefined {
  if (/=(?!2C|3D)/.test(encoded)) return undefined;
  return encoded.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
