import { beginningOf } from '../mail/printable.ts';
import type { Trouble } from '../mail/status.ts';
import { isPermanent, isTransient, replyLogText, replyText, type Reply } from '../smtp/reply.ts';
import { hostDeferral, peerName, relayName, reportedCharacters, type Peer } from '../smtp/verdict.ts';

const quotedCharacters = 2000;

/** The server offers no AUTH, and without it we do not talk to it. */
export function authNotOffered(peer: Peer): Trouble {
  const reason =
    `SASL authentication failed: server ${peerName(peer)} offered no compatible authentication mechanisms ` +
    'for this type of connection security';
  return hostDeferral('4.7.0', reason, peer);
}

/** What the server offers or says is nothing to log in with. */
export function cannotAuthenticate(why: string, peer: Peer): Trouble {
  const reason = `SASL authentication failed; cannot authenticate to server ${peerName(peer)}: ${why}`;
  return hostDeferral('4.7.0', reason, peer);
}

/**
 * The server refuses us. A password that was changed on one side is no reason to return mail: a 5xx is softened unless
 * the operator wants it otherwise. What the reply quotes of `secrets` is left out.
 */
export function loginRefused(
  reply: Reply,
  peer: Peer,
  secrets: readonly string[],
  softBounce: boolean,
): Trouble {
  const soft = softBounce || !isPermanent(reply);
  const [code] = String(reply.code);
  const said = reply.enhanced ?? `${code}.0.0`;
  const dsn = soft && isPermanent(reply) ? `4${said.slice(1)}` : said;
  const text = beginningOf(withoutSecrets(secrets, replyLogText(reply)), quotedCharacters);
  return {
    outcome: soft ? 'deferred' : 'bounced',
    dsn: isTransient(reply) || isPermanent(reply) ? dsn : '4.5.0',
    reason: `SASL authentication failed; server ${peerName(peer)} said: ${text}`,
    scope: 'host',
    relay: relayName(peer),
    remote: {
      host: peer.host,
      reply: beginningOf(withoutSecrets(secrets, replyText(reply)), reportedCharacters),
    },
  };
}

/** Some servers quote what they were told. */
export function withoutSecrets(secrets: readonly string[], text: string): string {
  return secrets
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
