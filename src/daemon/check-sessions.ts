import type { Connected } from '../core/delivery/session.ts';
import type { ObserveSession, SessionEvent } from '../core/delivery/session-event.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { TlsFacts, TlsWord } from '../core/smtp/transaction.ts';
import type { ShownSession, ShownTls } from '../core/check/report.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { judge } from '../core/tls-policy/judge.ts';
import type { Candidate } from '../delivery/route.ts';
import type { SessionOptions } from '../session/target.ts';
import { dialler } from './delivering.ts';

/** What one address has shown in a session that was ended before any mail. */
export interface Probed {
  /** The session, if there is one, has said QUIT. */
  readonly connected: Connected;
  /** DER, as sent; empty if there was none. */
  readonly chain: readonly Uint8Array[];
  readonly shown: Omit<ShownSession, 'chain'>;
}

/** Opens a session with an address as a delivery would under this policy, and says QUIT. Each only once. */
export type Prober = (candidate: Candidate, policy: UsableHost, nextHop: string) => Promise<Probed>;

export interface ProberOptions {
  readonly session: SessionOptions;
  /** Certificates are judged as of then; epoch milliseconds. */
  readonly judgeAt: () => number;
  readonly signal: AbortSignal;
  /** Sessions at the same time. */
  readonly atOnce: number;
}

/** Lines and characters of them that are kept of a session. */
const MOST_LINES = 100;
const LONGEST_LINE = 4_000;

export function createProber({ session, judgeAt, signal, atOnce }: ProberOptions): Prober {
  const known = new Map<string, Promise<Probed>>();
  const enter = gate(atOnce);
  return (candidate, policy, nextHop) => {
    const { host, address, port } = candidate;
    const key = JSON.stringify([host, address, port, policy.key]);
    const probed =
      known.get(key) ?? enter(() => probe(candidate, policy, nextHop, { session, judgeAt, signal }));
    known.set(key, probed);
    return probed;
  };
}

async function probe(
  candidate: Candidate,
  policy: UsableHost,
  nextHop: string,
  { session, judgeAt, signal }: Omit<ProberOptions, 'atOnce'>,
): Promise<Probed> {
  const notes = new Notes(policy.wrapper === true);
  let chain: readonly Uint8Array[] = [];
  const dial = dialler({
    ...session,
    wholeChain: true,
    tlsDetails: true,
    log: (event) => notes.line(event),
    observe: notes.observe,
    judge(sent, asked) {
      chain = sent;
      return judge(sent, asked, judgeAt());
    },
  });
  // A password is for hosts that get mail. Nobody is told one because somebody looks.
  const { login: _, ...withoutLogin } = policy;
  const dialled = await dial(candidate, signal);
  const connected: Connected =
    dialled.kind === 'trouble'
      ? { kind: 'trouble', step: 'connect', status: dialled.status }
      : await dialled.connection.open(withoutLogin, nextHop, signal);
  if (connected.kind === 'open') connected.session.close();
  return { connected, chain, shown: notes.shown() };
}

/** What was said and heard, as far as it is shown. A second connection to the same address replaces the first. */
class Notes {
  readonly #wrapper: boolean;
  readonly #lines: string[] = [];
  #said = '';
  #greeting: string | undefined;
  #ehlo: readonly string[] | undefined;
  #ehloInTls: readonly string[] | undefined;
  #startTls: 'refused' | 'accepted' | undefined;
  #facts: TlsFacts | undefined;
  #word: TlsWord | undefined;

  constructor(wrapper: boolean) {
    this.#wrapper = wrapper;
  }

  readonly observe: ObserveSession = () => {
    this.#said = '';
    this.#greeting = undefined;
    this.#ehlo = undefined;
    this.#ehloInTls = undefined;
    this.#startTls = undefined;
    this.#facts = undefined;
    this.#word = undefined;
    return { listens: true, note: (event) => this.#note(event) };
  };

  line({ text, event, fields }: LogEvent): void {
    if (this.#lines.length < MOST_LINES) this.#lines.push(text.slice(0, LONGEST_LINE));
    if (event === 'TLS established') this.#word = fields?.['trust'] as TlsWord;
  }

  shown(): Probed['shown'] {
    const tls = this.#tls();
    return {
      ...(this.#greeting !== undefined && { greeting: this.#greeting }),
      ehlo: this.#ehlo ?? [],
      ehloInTls: this.#ehloInTls ?? [],
      startTls: this.#wrapper ? 'wrapper' : (this.#startTls ?? this.#offer()),
      ...(tls !== undefined && { tls }),
      lines: this.#lines,
    };
  }

  #tls(): ShownTls | undefined {
    if (this.#facts === undefined || this.#word === undefined) return undefined;
    const { protocol, cipher, bits, keyExchange, serverSignature } = this.#facts;
    return {
      word: this.#word,
      protocol,
      cipher,
      bits,
      ...(keyExchange !== undefined && { keyExchange }),
      ...(serverSignature !== undefined && { serverSignature }),
    };
  }

  #offer(): ShownSession['startTls'] {
    if (this.#ehlo === undefined) return 'not reached';
    return this.#ehlo.some((keyword) => /^STARTTLS\b/i.test(keyword)) ? 'offered' : 'not offered';
  }

  #note(event: SessionEvent): void {
    if (event.kind === 'said') this.#said = event.text;
    else if (event.kind === 'tls') this.#facts = event.facts;
    else if (event.kind === 'heard') this.#heard(event);
  }

  #heard({ code, lines, secure }: Extract<SessionEvent, { kind: 'heard' }>): void {
    const verb = this.#said.slice(0, 4).toUpperCase();
    if (this.#said === '') this.#greeting = lines.join('\n').slice(0, LONGEST_LINE);
    else if (verb === 'EHLO' && code < 400) {
      const keywords = lines.slice(1, 1 + MOST_LINES).map((line) => line.slice(4, 200));
      if (secure) this.#ehloInTls = keywords;
      else this.#ehlo = keywords;
    } else if (verb === 'STAR') this.#startTls = code < 400 ? 'accepted' : 'refused';
  }
}

/** Lets so many run at the same time; the others wait in line. */
export function gate(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
