import { randomBytes } from 'node:crypto';
import { parseAuthCommand } from '../../core/sasl-server/auth-command.ts';
import { mostFailures } from '../../core/sasl-server/login-failures.ts';
import type { LoginVerifier, Verdict } from '../../core/sasl-server/login-verifier.ts';
import { ServerExchange } from '../../core/sasl-server/server-exchange.ts';
import type { ServerMechanism } from '../../core/sasl-server/server-mechanism.ts';
import type { ServerStep } from '../../core/sasl-server/server-step.ts';
import { loginImpossible, loginRefused } from '../log-lines.ts';
import type { CommandHandler, CommandSession } from './command.ts';

/** Postfix's words; RFC 4954 §4 and §6 have the codes. */
const replies = {
  done: '235 2.7.0 Authentication successful',
  disabled: '503 5.5.1 Error: authentication not enabled',
  beforeEhlo: '503 5.5.1 Error: send HELO/EHLO first',
  inTransaction: '503 5.5.1 Error: MAIL transaction in progress',
  twice: '503 5.5.1 Error: already authenticated',
  inClear: '538 5.7.11 Encryption required for requested authentication mechanism',
  unknown: '504 5.5.4 Unsupported authentication mechanism',
  syntax: '501 5.5.4 Syntax: AUTH mechanism [initial-response]',
  aborted: '501 5.7.0 Authentication aborted',
  malformed: '501 5.5.2 Error: malformed authentication response',
} as const;

/** The same for an unknown user and for a wrong password. */
const wrong = 'wrong user or password';

/** What an exchange has come to, or the reply that ended it. */
type Outcome =
  | { readonly verdict: Verdict; readonly user: string | undefined }
  | { readonly reply: string }
  | undefined;

/** AUTH (RFC 4954). */
export const auth: CommandHandler = (session, line) => {
  const logins = loginsOf(session);
  const { identity, dialog } = session;
  if (logins === undefined) return replies.disabled;
  if (!dialog.isGreeted) return replies.beforeEhlo;
  if (identity.user !== undefined) return replies.twice;
  if (dialog.isOpen) return replies.inTransaction;
  if (!isSafe(session)) return replies.inClear;
  const command = parseAuthCommand(line);
  if (command === undefined) return replies.syntax;
  const mechanisms = logins.mechanisms();
  if (mechanisms.length === 0) return impossible(session, command.mechanism, 'there are no users');
  const mechanism = mechanisms.find((one) => one === command.mechanism);
  if (mechanism === undefined) return replies.unknown;
  return session.context.admission.login(identity) ?? logIn(session, logins, mechanism, command.initial);
};

/** What EHLO lists behind AUTH: nothing that a client could not use on this connection. */
export function offeredMechanisms(session: CommandSession): readonly ServerMechanism[] {
  return isSafe(session) ? (loginsOf(session)?.mechanisms() ?? []) : [];
}

/** RFC 4954 §6: where a login is required, nothing else is served before it that could be about mail. */
export function afterLogin(handler: CommandHandler): CommandHandler {
  return (session, line) => {
    const { listener, identity } = session;
    if (listener.auth !== 'require' || identity.user !== undefined) return handler(session, line);
    return session.dialog.refuse(line.slice(0, 4).toUpperCase(), '530 5.7.0 Authentication required');
  };
}

function loginsOf({ listener, context }: CommandSession): LoginVerifier | undefined {
  return listener.auth === 'none' ? undefined : context.ports.logins;
}

function isSafe({ listener, identity }: CommandSession): boolean {
  return identity.tls !== undefined || !listener.tlsAuthOnly;
}

async function logIn(
  session: CommandSession,
  logins: LoginVerifier,
  mechanism: ServerMechanism,
  initial: string | undefined,
): Promise<string | undefined> {
  const outcome = await exchange(session, logins, mechanism, initial);
  if (outcome === undefined || 'reply' in outcome) return outcome?.reply;
  const { verdict, user } = outcome;
  switch (verdict.kind) {
    case 'right':
      session.identify({ ...session.identity, user: verdict.user, saslMethod: mechanism });
      return replies.done;
    case 'unable':
      return impossible(session, mechanism, verdict.reason);
    case 'wrong':
      return refuse(session, mechanism, user);
  }
}

/** Asks until the client has said who it is. Undefined: it is gone. */
async function exchange(
  session: CommandSession,
  logins: LoginVerifier,
  mechanism: ServerMechanism,
  initial: string | undefined,
): Promise<Outcome> {
  const nonce = randomBytes(18).toString('base64');
  const server = new ServerExchange(mechanism, nonce, (user) => logins.credentialsOf(user));
  let step: ServerStep = server.begin(initial);
  for (;;) {
    switch (step.kind) {
      case 'challenge': {
        // The blank stands there even where nothing follows: some clients look for it.
        const response = await session.ask(`334 ${step.challenge}`);
        if (response === undefined) return undefined;
        step = server.next(response.toString('latin1'));
        break;
      }
      case 'password': {
        const { user, password } = step;
        return { verdict: await logins.verify(user, password, session.identity.address), user };
      }
      case 'proven':
        return { verdict: { kind: 'right', user: step.user }, user: step.user };
      case 'wrong':
        return { verdict: { kind: 'wrong' }, user: step.user };
      case 'malformed':
        return { reply: replies.malformed };
      case 'aborted':
        return { reply: replies.aborted };
    }
  }
}

/** Whoever guesses waits, and is sent away at last. */
async function refuse(
  session: CommandSession,
  mechanism: ServerMechanism,
  user: string | undefined,
): Promise<string> {
  const { context, identity } = session;
  const delayMs = context.failures.count(identity.address, user, performance.now());
  context.ports.log(loginRefused(identity, { mechanism, reason: wrong, user: user ?? '' }));
  const count = session.failedLogin();
  await session.pause(delayMs);
  return count < mostFailures
    ? `535 5.7.8 Error: authentication failed: ${wrong}`
    : `421 4.7.0 ${context.options.hostname} Error: too many failed logins`;
}

/** The trouble is ours: no client is to take its password for a wrong one. */
function impossible({ context, identity }: CommandSession, mechanism: string, reason: string): string {
  context.ports.log(loginImpossible(identity, mechanism, reason));
  return `454 4.7.0 Temporary authentication failure: ${reason}`;
}
