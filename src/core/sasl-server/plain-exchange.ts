import { challenge, type ServerStep } from './server-step.ts';
import { decodeUtf8 } from './strict-base64.ts';

/** RFC 4616: authorization identity, user and password, with NULs between them. */
export function plain(): (response: Buffer | undefined) => ServerStep {
  return (response) => {
    if (response === undefined) return challenge('');
    const [asWhom, who, password, ...more] = (decodeUtf8(response) ?? '').split('\0');
    if (asWhom === undefined || who === undefined || password === undefined || more.length > 0)
      return { kind: 'malformed' };
    // Some clients name themselves in the first place only, some in both.
    const user = who === '' ? asWhom : who;
    if (asWhom !== '' && asWhom !== user) return { kind: 'wrong', user };
    return { kind: 'password', user, password };
  };
}
