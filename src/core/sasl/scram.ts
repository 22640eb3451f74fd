import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import type { Login } from './login.ts';
import { badProtocol, fromBase64, toBase64, type Exchange } from './step.ts';

/** RFC 7677 §4: less would be a downgrade. More than the most would be work for us and nobody else. */
const iterations = { least: 4096, most: 200_000 };

/** SCRAM-SHA-256 without channel binding (RFC 5802 §3, RFC 7677). */
export function scram({ user, password }: Pick<Login, 'user' | 'password'>, nonce: string): Exchange {
  const header = 'n,,';
  // RFC 5802 §5.1: the two characters that would end the attribute.
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${nonce}`;
  let serverSignature: Buffer | undefined;
  let proven = false;

  async function answerFirst(text: string): ReturnType<Exchange['next']> {
    const [, fullNonce = '', salt = '', count = ''] =
      /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+=*),i=(\d{1,9})(?:,.*)?$/.exec(text) ?? [];
    const rounds = Number(count);
    // RFC 5802 §5.1: the server adds to our nonce; one that does not was not asked now.
    if (!fullNonce.startsWith(nonce) || fullNonce === nonce) return { problem: badProtocol };
    if (rounds < iterations.least || rounds > iterations.most) {
      return { problem: `${rounds} iterations are not from ${iterations.least} to ${iterations.most}` };
    }
    const salted = await derive(password, Buffer.from(salt, 'base64'), rounds);
    const withoutProof = `c=${toBase64(header)},r=${fullNonce}`;
    const authMessage = `${clientFirst},${text},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
    const proof = clientKey.map((octet, index) => octet ^ (signature[index] ?? 0));
    serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return { response: toBase64(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`) };
  }

  return {
    initial: toBase64(`${header}${clientFirst}`),
    async next(challenge) {
      const text = fromBase64(challenge);
      if (text === undefined || proven) return { problem: badProtocol };
      if (serverSignature === undefined) return answerFirst(text);
      const [, given = ''] = /^v=([A-Za-z0-9+/]+=*)(?:,.*)?$/.exec(text) ?? [];
      const shown = Buffer.from(given, 'base64');
      proven = shown.length === serverSignature.length && timingSafeEqual(shown, serverSignature);
      return proven ? { response: '' } : { problem: 'the server does not know the password' };
    },
    finish: () => (proven ? undefined : 'the server did not show that it knows the password'),
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function derive(password: string, salt: Buffer, rounds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password.normalize('NFKC'), salt, rounds, 32, 'sha256', (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
