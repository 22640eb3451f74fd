import { createHash } from 'node:crypto';
import type { KnownKey } from '../core/mail/history.ts';
import { problem, type Answer } from './answer.ts';
import { badRequest, type Problem } from './problem.ts';
import type { HttpRequest } from './request.ts';

/** The key of a request, with which it can be repeated: it is carried out once. */
export interface RequestKey {
  /** Of this token. */
  readonly key: string;
  /** The body, which is hashed as it is read. */
  readonly body: AsyncIterable<Buffer>;
  /** Once the body was read: another one for another request. */
  readonly fingerprint: () => string;
}

/** Keys may be anything that a header can hold; only their hash is kept. */
const MOST_CHARACTERS = 256;

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a string in quotes, or, as most clients send it,
 * without. Undefined if there is none.
 */
export function requestKey(request: HttpRequest): RequestKey | Problem | undefined {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return undefined;
  const [, quoted, bare] = /^(?:"([^"\\]*)"|([^"]*))$/.exec(String(given)) ?? [];
  const text = quoted ?? bare ?? '';
  if (text.length === 0 || text.length > MOST_CHARACTERS || !/^[ -~]+$/.test(text))
    return badRequest(
      `the Idempotency-Key has 1 to ${MOST_CHARACTERS} printable characters, in quotes or without`,
    );
  const digest = createHash('sha256');
  const what = [request.method, request.path, request.query, request.headers['content-type'] ?? ''];
  digest.update(`${JSON.stringify(what)}\n`);
  let found: string | undefined;
  return {
    key: `${request.token.name}:${createHash('sha256').update(text).digest('base64url')}`,
    body: hashed(request, digest),
    fingerprint: () => (found ??= digest.digest('base64url')),
  };
}

/** The answer to a request that was carried out before, as it was; or why this is another request. */
export function replay(known: KnownKey, fingerprint: string): Answer {
  if (known.fingerprint !== fingerprint) {
    const detail = 'the Idempotency-Key was used for another request within the last day';
    return problem({ status: 422, kind: 'key-used-before', detail });
  }
  return accepted(known.queueId, known.answer, { 'idempotent-replayed': 'true' });
}

/** 202, with the body as it is remembered. */
export function accepted(
  queueId: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { kind: 'json', status: 202, body, headers: { location: `/v1/messages/${queueId}`, ...headers } };
}

export const keyInUse: Problem = {
  status: 409,
  kind: 'key-in-use',
  detail: 'a request with this Idempotency-Key is still being worked on',
  retryAfter: 1,
};

async function* hashed(
  { body }: Pick<HttpRequest, 'body'>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const chunk of body()) {
    digest.update(chunk);
    yield chunk;
  }
}
