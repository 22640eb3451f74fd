import { challenge, type ServerStep } from './server-step.ts';
import { decodeUtf8 } from './strict-base64.ts';

/** The old way of Microsoft's. Some clients compare the two questions letter by letter. */
export function login(): (response: Buffer | undefined) => ServerStep {
  let user: string | undefined;
  return (response) => {
    if (response === undefined) return challenge('Username:');
    const text = decodeUtf8(response);
    if (text === undefined) return { kind: 'malformed' };
    if (user === undefined) {
      user = text;
      return challenge('Password:');
    }
    return { kind: 'password', user, password: text };
  };
}
