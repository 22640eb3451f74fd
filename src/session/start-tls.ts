import type { Judged, SessionTls } from '../core/delivery/session.ts';
import { showCertificate } from '../core/dane/shown-certificate.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { looksBeyondLeaf, type Judgement } from '../core/tls-policy/judge.ts';
import { isDane, requiresMatch } from '../core/levels/levels.ts';
import { certificateLine, proofLines, tlsaLine } from '../core/smtp/certificate-lines.ts';
import { verificationFailure } from '../core/smtp/tls-summary.ts';
import {
  noHandshake as handshakeTrouble,
  notVerified,
  relayName,
  wireTrouble,
} from '../core/smtp/verdict.ts';
import { Conversation } from './conversation.ts';
import { handshake, type NoHandshake } from './handshake.ts';
import { peerFacts } from './peer-facts.ts';
import { tlsFault, type SetupTrouble, type Setup } from './setup.ts';
import {
  chainUnread,
  earlyData,
  handshakeFailed,
  libraryProblem,
  shortHandshake,
  tlsDetail,
  tlsEstablished,
  verificationFailed,
} from './log-lines.ts';

export interface Secured {
  readonly kind: 'secured';
  readonly conversation: Conversation;
  readonly tls: SessionTls;
}

/**
 * From the positive reply to STARTTLS, or the first moment of a connection in wrapper mode, to a conversation over TLS
 * that policy allows. Where policy wants a match and there is none, the connection is dropped: after the handshake not
 * one octet goes to a host that was not authenticated as demanded (RFC 7672 §2.2).
 *
 * @param owed number of replies that the server gives over TLS before any command
 */
export async function startTls(setup: Setup, clear: Conversation, owed = 0): Promise<Secured | SetupTrouble> {
  const { options, peer, signal, target, hello, notes } = setup;
  const { policy } = target;
  const relay = relayName(peer);
  const { log } = options;
  const details = detailLog(setup);

  const { socket, excess } = clear.release();
  if (excess) log(earlyData(peer));
  if (isDane(policy.level)) details.records();
  const begun = options.now();
  const made = await handshake(socket, policy, {
    hello,
    timeoutMs: options.timeouts.starttlsMs,
    wholeChain: options.wholeChain === true || options.keepsJudged === true || policy.keepsChain === true,
    signal,
  });
  if (made.kind !== 'made') return noHandshake(setup, made);

  options.secured?.(options.now() - begun);
  const { socket: tls, quota } = made;
  const { chain, unread, facts } = peerFacts(made);
  if (unread) log(chainUnread(peer));
  notes.tls(facts, chain);
  const judgedAt = options.now();
  const judgement = judged(judgedPart(chain, setup), setup, judgedAt, () => tls.destroy());
  const refusal = requiresMatch(policy.level) && !judgement.ok;
  notes.judged(() => ({
    level: policy.level,
    word: judgement.word,
    ok: !refusal,
    words: judgementWords(relay, judgement),
  }));
  if (refusal) {
    tls.destroy();
    log(verificationFailed(peer, failureText(relay, judgement)));
  }
  const { word } = judgement;
  details.certificate(chain, judgement);
  options.log(tlsEstablished(peer, word, facts));
  if (refusal) {
    const status = {
      ...notVerified(peer),
      tlsFault: {
        ...tlsFault(setup, 'certificate', judgement.cause),
        ...(judgement.failed !== undefined && { level: judgement.failed }),
      },
    };
    const [leaf] = chain;
    const shown = leaf === undefined ? {} : { shown: showCertificate(leaf) };
    return { kind: 'trouble', step: 'certificate', status, ...shown };
  }
  return {
    kind: 'secured',
    conversation: new Conversation(tls, owed, notes, { connection: socket, quota }),
    tls: {
      word,
      facts,
      ...(judgement.proof !== undefined && { proof: judgement.proof }),
      ...(judgement.sts !== undefined && { sts: judgement.sts }),
      ...(policy.keepsChain === true && { chain }),
      ...(options.keepsJudged === true && { judged: judgedOf(chain, policy, judgedAt) }),
    },
  };
}

function judgedOf(chain: readonly Uint8Array[], policy: UsableHost, at: number): Judged {
  const { level, tlsa, referenceNames: names, digests } = policy;
  return { at, level, chain, records: tlsa, names, ...(digests !== undefined && { digests }) };
}

function failureText(relay: string, { detail = 'not verified', depth = 0 }: Judgement): string {
  return verificationFailure(relay, detail, depth);
}

/** What matched, or what did not. */
function judgementWords(relay: string, judgement: Judgement): readonly string[] {
  const { ok, proof = {} } = judgement;
  return ok ? proofLines(relay, proof) : [failureText(relay, judgement)];
}

/** The lines of `tls.loglevel` 2. They are made only if they are wanted. */
function detailLog({ options, peer, target: { policy, port } }: Setup) {
  const relay = relayName(peer);
  const say = (event: 'TLSA record' | 'certificate' | 'certificate matched', text: string): void =>
    options.log(tlsDetail(peer, event, text));
  const wanted = options.tlsDetails === true;
  return {
    records(): void {
      const owner = `_${port}._tcp.${policy.serverName ?? peer.host}`;
      if (wanted) for (const record of policy.tlsa) say('TLSA record', tlsaLine(owner, record));
    },
    certificate([leaf]: readonly Uint8Array[], { proof }: Judgement): void {
      if (!wanted) return;
      if (proof !== undefined) for (const text of proofLines(relay, proof)) say('certificate matched', text);
      if (leaf !== undefined) say('certificate', certificateLine(relay, leaf));
    },
  };
}

/** What is only kept for another policy makes no difference here. */
function judgedPart(chain: readonly Uint8Array[], { options, target }: Setup): readonly Uint8Array[] {
  const isWanted = options.wholeChain === true || looksBeyondLeaf(target.policy);
  return isWanted ? chain : chain.slice(0, 1);
}

/** Without certificates there is nothing to judge, unless a match is required. */
function judged(
  chain: readonly Uint8Array[],
  { target, options: { judge } }: Setup,
  at: number,
  onBug: () => void,
): Judgement {
  if (chain.length === 0 && !requiresMatch(target.policy.level)) return { word: 'Anonymous', ok: true };
  try {
    return judge(chain, target.policy, at);
  } catch (error) {
    onBug();
    throw error;
  }
}

function noHandshake(setup: Setup, failure: NoHandshake): SetupTrouble {
  const { options, peer, target } = setup;
  if (failure.kind === 'aborted') {
    return { kind: 'trouble', step: 'handshake', status: wireTrouble('STARTTLS', failure, peer) };
  }
  const { reason } = failure;
  if (failure.ours && failure.library === undefined) options.log(shortHandshake(peer, reason));
  else options.log(handshakeFailed(peer, reason));
  if (failure.library !== undefined) options.log(libraryProblem(peer, failure.library));
  const status = handshakeTrouble(peer);
  // Other mail may still use the host without TLS: a failure at `may` says nothing about the host as a whole.
  const scope = target.policy.level === 'may' ? 'message' : 'host';
  const { unanswered, noSuite = false, ours, tooMuchWork } = failure;
  const cause = tooMuchWork === true ? 'too much work' : undefined;
  const fault = {
    ...status,
    scope,
    tlsFault: tlsFault(setup, 'handshake', cause),
    ...(ours && { ours }),
  } as const;
  // What this machine ran out of would be missing in clear as well.
  const tlsBroke = !ours || failure.library !== undefined;
  return { kind: 'trouble', step: 'handshake', status: fault, unanswered, noSuite, tlsBroke };
}
