import { createHmac } from 'node:crypto';
import type { Login } from './login.ts';
import type { Mechanism } from './mechanisms.ts';
import { scram } from './scram.ts';
import { badProtocol, fromBase64, toBase64, type Exchange } from './step.ts';

type Credentials = Pick<Login, 'user' | 'password'>;

/** @param nonce printable, no comma, new for every exchange */
export function beginExchange(mechanism: Mechanism, credentials: Credentials, nonce: string): Exchange {
  switch (mechanism) {
    case 'PLAIN':
      return plain(credentials);
    case 'LOGIN':
      return login(credentials);
    case 'CRAM-MD5':
      return cramMd5(credentials);
    case 'SCRAM-SHA-256':
      return scram(credentials, nonce);
  }
}

/** RFC 4616: no authorization identity, the user, the password. */
function plain({ user, password }: Credentials): Exchange {
  return {
    initial: toBase64(`\0${user}\0${password}`),
    next: async () => ({ problem: badProtocol }),
    finish: () => undefined,
  };
}

/** The old way of Microsoft's: two questions, whatever they say. */
function login({ user, password }: Credentials): Exchange {
  const answers = [user, password];
  return {
    async next() {
      const answer = answers.shift();
      return answer === undefined ? { problem: badProtocol } : { response: toBase64(answer) };
    },
    finish: () => (answers.length === 0 ? undefined : badProtocol),
  };
}

/** RFC 2195. */
function cramMd5({ user, password }: Credentials): Exchange {
  let answered = false;
  return {
    async next(challenge) {
      const text = fromBase64(challenge);
      if (answered || text === undefined || text === '') return { problem: badProtocol };
      answered = true;
      const digest = createHmac('md5', password).update(text).digest('hex');
      return { response: toBase64(`${user} ${digest}`) };
    },
    finish: () => (answered ? undefined : badProtocol),
  };
}
