import { randomBytes } from 'node:crypto';
import type { Trouble } from '../core/mail/status.ts';
import { beginExchange } from '../core/sasl/exchange.ts';
import type { Login } from '../core/sasl/login.ts';
import { authNotOffered, cannotAuthenticate, loginRefused } from '../core/sasl/login-trouble.ts';
import { chooseMechanism, mechanisms, type Mechanism } from '../core/sasl/mechanisms.ts';
import { badProtocol, toBase64, type Step } from '../core/sasl/step.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import { isPositive, type Reply } from '../core/smtp/reply.ts';
import type { TlsWord } from '../core/smtp/transaction.ts';
import type { Conversation } from './conversation.ts';
import { ask, giveUp, type SetupTrouble, type Setup } from './setup.ts';
import { loginTrouble } from './log-lines.ts';

/** More challenges than any mechanism needs. */
const longestExchange = 6;
/** RFC 4954 §4: an AUTH command is no longer than any other. */
const longestCommand = 512;

/** The TLS of this session; absent in clear. */
type Secrecy = { readonly word: TlsWord } | undefined;

/**
 * Logs in where the operator has named a user for this host (RFC 4954 §4): after TLS, after the last EHLO, before the
 * mail. Resolves to what the session goes on with. A host that has a login in the password map hears of no mail without
 * it.
 */
export async function authenticate(
  setup: Setup,
  conversation: Conversation,
  capabilities: Capabilities,
  tls: Secrecy,
): Promise<Capabilities | SetupTrouble> {
  const { login } = setup.target.policy;
  if (login === undefined) return capabilities;
  const mechanism = mechanismFor(setup, login, capabilities, tls);
  if (typeof mechanism !== 'string') return giveUp(setup, conversation, 'AUTH', mechanism);
  const trouble = await exchange(setup, conversation, login, mechanism);
  setup.notes.loginEnds();
  if (trouble !== undefined) return giveUp(setup, conversation, 'AUTH', trouble);
  return { ...capabilities, loggedIn: true };
}

function mechanismFor(
  setup: Setup,
  { rules }: Login,
  { auth }: Capabilities,
  tls: Secrecy,
): Mechanism | Trouble {
  const { peer } = setup;
  if (auth === undefined) return authNotOffered(peer);
  const options = tls === undefined ? rules.clear : tls.word === 'Verified' ? rules.verified : rules.tls;
  const mechanism = chooseMechanism(auth, rules.filter, options);
  if (mechanism !== undefined) return mechanism;
  if (!auth.some((name) => mechanisms.some((known) => known === name.toUpperCase()))) {
    warn(setup, `offered no supported AUTH mechanisms: '${auth.join(' ')}'`);
  } else if (tls?.word !== 'Verified' && chooseMechanism(auth, rules.filter, rules.verified) !== undefined) {
    warn(setup, 'is not verified and gets no password: its next hop needs an entry in tls.policy_maps');
  }
  return cannotAuthenticate('no mechanism available', peer);
}

/** Sends AUTH and answers the challenges of the server until it accepts or refuses the login. */
async function exchange(
  setup: Setup,
  conversation: Conversation,
  login: Login,
  mechanism: Mechanism,
): Promise<Trouble | undefined> {
  const client = beginExchange(mechanism, login, randomBytes(18).toString('base64'));
  // Secrets that go over the wire here must not come back in a reply, and so into the log.
  const secrets = [login.password, toBase64(login.password)];
  setup.notes.loginBegins(secrets);
  const say = async (text: string): Promise<Reply | Trouble> =>
    ask(setup, conversation, {
      stage: 'EHLO',
      command: `${text}\r\n`,
      timeoutMs: setup.options.timeouts.heloMs,
    });

  const withInitial = client.initial === undefined ? undefined : `AUTH ${mechanism} ${client.initial}`;
  const fits = withInitial !== undefined && withInitial.length + 2 <= longestCommand;
  // RFC 4954 §4: an initial response that does not fit answers the first, empty, challenge instead.
  let postponed = fits ? undefined : client.initial;
  if (client.initial !== undefined) secrets.push(client.initial);
  let reply = await say(fits ? withInitial : `AUTH ${mechanism}`);
  for (let round = 0; !('outcome' in reply) && isChallenge(reply); round += 1) {
    const challenge = (reply.lines.at(-1) ?? '').slice(4).trim();
    const step = await answerTo(challenge);
    if (round >= longestExchange || 'problem' in step) {
      // RFC 4954 §4: the server waits for an answer, and this one cancels the exchange.
      conversation.send('*\r\n', 1);
      return cannotAuthenticate('problem' in step ? step.problem : badProtocol, setup.peer);
    }
    if (step.response !== '') secrets.push(step.response);
    reply = await say(step.response);
  }
  if ('outcome' in reply) return reply;
  if (!isPositive(reply)) return loginRefused(reply, setup.peer, secrets, login.rules.softBounce);
  const doubt = client.finish();
  return doubt === undefined ? undefined : cannotAuthenticate(doubt, setup.peer);

  async function answerTo(challenge: string): Promise<Step> {
    if (postponed === undefined) return client.next(challenge);
    const response = postponed;
    postponed = undefined;
    return challenge === '' ? { response } : { problem: badProtocol };
  }
}

function isChallenge({ code }: Reply): boolean {
  return code >= 300 && code < 400;
}

function warn({ options, peer }: Setup, what: string): void {
  options.log(loginTrouble(peer, what));
}
