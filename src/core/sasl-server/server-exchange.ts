import type { ServerMechanism } from './server-mechanism.ts';
import { login } from './login-exchange.ts';
import { plain } from './plain-exchange.ts';
import { scram } from './scram-exchange.ts';
import type { ScramCredentials } from '../users/scram-verifier.ts';
import { decodeBase64 } from './strict-base64.ts';
import type { ServerStep } from './server-step.ts';

/** The server's side of a login (RFC 4954 §4), from AUTH to the reply that ends it. */
export class ServerExchange {
  readonly #next: (response: Buffer | undefined) => ServerStep;

  /**
   * @param nonce printable, no comma, new for every exchange
   * @param credentialsOf what is known of a user; of an unknown one, something that looks the same
   */
  constructor(mechanism: ServerMechanism, nonce: string, credentialsOf: (user: string) => ScramCredentials) {
    switch (mechanism) {
      case 'PLAIN':
        this.#next = plain();
        break;
      case 'LOGIN':
        this.#next = login();
        break;
      case 'SCRAM-SHA-256':
        this.#next = scram(nonce, credentialsOf);
    }
  }

  /** Takes the initial response of the AUTH command: absent, `=` for an empty one, or base64 (RFC 4954 §4). */
  begin(initial: string | undefined): ServerStep {
    if (initial === undefined) return this.#next(undefined);
    return this.#take(initial === '=' ? '' : initial);
  }

  /** Takes a line that answers a challenge, without its CRLF. */
  next(line: string): ServerStep {
    // RFC 4954 §4: the client gives up.
    return line === '*' ? { kind: 'aborted' } : this.#take(line);
  }

  #take(text: string): ServerStep {
    const response = decodeBase64(text);
    return response === undefined ? { kind: 'malformed' } : this.#next(response);
  }
}
