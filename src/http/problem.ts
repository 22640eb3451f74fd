import { STATUS_CODES } from 'node:http';

/** What is wrong with a request, or with us (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** Last part of `type`, a name that programs may rely on; absent where the status says it all. */
  readonly kind?: ProblemKind;
  /** A sentence for whoever wrote the program. */
  readonly detail: string;
  /** Seconds after which the same request may be tried again (RFC 9110 §10.2.3). */
  readonly retryAfter?: number;
  /** Of the SMTP reply that it comes from. */
  readonly smtpCode?: number;
  readonly enhancedCode?: string;
  /** Which parts of the request. */
  readonly errors?: readonly Flaw[];
  /** The log has a line of it already. */
  readonly isLogged?: true;
  /** Further fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A part of a request that makes no sense. */
export interface Flaw {
  /** JSON pointer in a URI fragment (RFC 6901 §6), or the name of a query parameter behind `?`. */
  readonly pointer: string;
  readonly detail: string;
}

export const problemKinds = [
  'token',
  'sender',
  'recipients',
  'content',
  'too-large',
  'rate',
  'relay-full',
  'relay-trouble',
  'key-in-use',
  'key-used-before',
] as const;
type ProblemKind = (typeof problemKinds)[number];

const titles: Readonly<Record<ProblemKind, string>> = {
  token: 'This token is not known',
  sender: 'This token may not send from this address',
  recipients: 'No recipient can be accepted',
  content: 'The message cannot be accepted',
  'too-large': 'The message is too large',
  rate: 'Too much mail',
  'relay-full': 'The relay is full',
  'relay-trouble': 'The relay cannot store mail at the moment',
  'key-in-use': 'The same request is still being worked on',
  'key-used-before': 'The key was used for another request',
};

/** Of `type`. It is a name and leads nowhere: the kinds are in docs/http.md. */
const typePrefix = 'urn:dane-relay:problem:';

/** How soon a full or troubled relay may be asked again. */
const TROUBLE_SECONDS = 30;
/** Rates are counted in minutes. */
const RATE_SECONDS = 60;

/** The members of application/problem+json (RFC 9457 §3). */
export function problemBody({ status, kind, detail, smtpCode, enhancedCode, errors }: Problem): object {
  return {
    type: kind === undefined ? 'about:blank' : `${typePrefix}${kind}`,
    title: kind === undefined ? (STATUS_CODES[status] ?? 'Error') : titles[kind],
    status,
    detail,
    ...(smtpCode !== undefined && { smtpCode }),
    ...(enhancedCode !== undefined && { enhancedCode }),
    ...(errors !== undefined && { errors }),
  };
}

/** What a reply of the SMTP dialogue, which logs what it refuses, means to a client of HTTP. @param reply `552 5.3.4 Error: …` */
export function problemOf(reply: string): Problem {
  const [, code = '451', enhancedCode = '4.3.0', text = reply] =
    /^([45]\d\d) ([45]\.\d{1,3}\.\d{1,3}) (.*)$/.exec(reply) ?? [];
  const said = { smtpCode: Number(code), enhancedCode, detail: text, isLogged: true } as const;
  if (code.startsWith('4')) return { ...temporary(enhancedCode), ...said };
  switch (enhancedCode) {
    case '5.3.4':
      return { status: 413, kind: 'too-large', ...said };
    case '5.7.1':
      return { status: 403, kind: 'sender', ...said };
    default:
      return { status: 422, kind: 'content', ...said };
  }
}

function temporary(enhancedCode: string): Pick<Problem, 'status' | 'kind' | 'retryAfter'> {
  if (enhancedCode === '4.7.1') return { status: 429, kind: 'rate', retryAfter: RATE_SECONDS };
  const kind = enhancedCode === '4.3.1' ? 'relay-full' : 'relay-trouble';
  return { status: 503, kind, retryAfter: TROUBLE_SECONDS };
}

/** A request that makes no sense. */
export function badRequest(detail: string, errors?: readonly Flaw[]): Problem {
  return { status: 400, detail, ...(errors !== undefined && { errors }) };
}
