import { LineEnds } from '../core/http/line-ends.ts';
import type { KnownKey } from '../core/mail/history.ts';
import { MemoryShare } from '../core/memory-budget.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import { problem, type Answer } from './answer.ts';
import { compose } from './compose.ts';
import { readDraft, type Placed } from './draft.ts';
import type { Gate } from './gate.ts';
import type { HttpOptions, HttpPorts } from './options.ts';
import { badRequest, type Problem } from './problem.ts';
import { readJson, tooLarge } from './read-json.ts';
import { announcedBytes, mediaType, type HttpRequest } from './request.ts';
import { keyInUse, replay, requestKey, type RequestKey } from './idempotency.ts';
import { storeAway } from './store-trouble.ts';
import { submit, type Submitted } from './submit.ts';

export const rawType = 'message/rfc822';
export const jsonType = 'application/json';

export interface PostContext {
  /** Keys of requests under way. */
  readonly running: Set<string>;
  readonly options: HttpOptions;
  readonly ports: Pick<HttpPorts, 'door' | 'memory' | 'knownKey' | 'history'>;
  readonly gate: Gate;
}

/** `POST /v1/messages` */
export async function postMessage(request: HttpRequest, context: PostContext): Promise<Answer> {
  const { gate } = context;
  const { token } = request;
  const type = mediaType(request);
  if (type !== rawType && type !== jsonType) {
    const detail = `the content type is to be ${rawType} or ${jsonType}`;
    return problem({ status: 415, detail, headers: { accept: `${rawType}, ${jsonType}` } });
  }
  const tooMuch = gate.message(token);
  if (tooMuch !== undefined) return problem(tooMuch);
  const key = requestKey(request);
  if (key === undefined) return once(request, context);
  if ('status' in key) return problem(key);
  if (context.running.has(key.key)) return problem(keyInUse);
  context.running.add(key.key);
  try {
    return await once({ ...request, body: () => key.body }, context, key);
  } finally {
    context.running.delete(key.key);
  }
}

/** Carries a request out, unless that was done before for its key. */
async function once(request: HttpRequest, context: PostContext, key?: RequestKey): Promise<Answer> {
  const { options, ports } = context;
  const { token } = request;
  const limit = options.messageSizeLimitBytes;
  const sizeLimitBytes = token.sizeBytes === 0 ? limit : Math.min(token.sizeBytes, limit);
  const share = new MemoryShare(ports.memory);
  try {
    if (key !== undefined) {
      const known = await ports.knownKey(key.key);
      if (known !== undefined) return await repeated(known, key, Math.max(limit, options.jsonSizeLimitBytes));
    }
    const read =
      mediaType(request) === rawType
        ? readRaw(request, sizeLimitBytes)
        : await readDrafted(request, { options, sizeLimitBytes, share });
    if (!('submitted' in read)) return problem(read);
    const { submitted } = read;
    if (submitted.to.length > options.recipientLimit) {
      const detail = `a message may have ${options.recipientLimit} recipients (intake.recipient_limit)`;
      return problem({ status: 422, kind: 'recipients', detail, smtpCode: 452, enhancedCode: '4.5.3' });
    }
    const answer = await submit(submitted, { ...request, ...(key && { key }) }, ports);
    if (answer !== 'known') return answer;
    // Another process has carried it out meanwhile.
    const known = key && (await ports.knownKey(key.key));
    return known === undefined || key === undefined ? problem(storeAway) : replay(known, key.fingerprint());
  } catch (error) {
    if (error instanceof ClientGone) return { kind: 'none' };
    if (isQueueTrouble(error)) return problem(storeAway);
    throw error;
  } finally {
    share.release();
  }
}

const tooBig: Problem = {
  status: 413,
  kind: 'too-large',
  detail: 'the message is larger than it may be',
  smtpCode: 552,
  enhancedCode: '5.3.4',
};

/** A request is read to its end, to see whether it is the one that was carried out. */
async function repeated(known: KnownKey, key: RequestKey, limitBytes: number): Promise<Answer> {
  let bytes = 0;
  for await (const chunk of whileThere(key.body)) {
    bytes += chunk.length;
    if (bytes > limitBytes) return problem(tooBig);
  }
  return replay(known, key.fingerprint());
}

/** A message as it is, with the envelope in the query: `?from=a@x&to=b@y&to=c@z`, perhaps with `&requireTls=true`. */
function readRaw(request: HttpRequest, sizeLimitBytes: number): { readonly submitted: Submitted } | Problem {
  const from: Placed[] = [];
  const to: Placed[] = [];
  const requireTls: boolean[] = [];
  for (const [name, address] of request.query) {
    const pointer = `?${name}`;
    if (name === 'from') from.push({ address: address === '<>' ? '' : address, pointer });
    else if (name === 'to') to.push({ address, pointer });
    else if (name === 'requireTls' && (address === 'true' || address === 'false'))
      requireTls.push(address === 'true');
    else
      return badRequest('the query has from, to and requireTls', [
        { pointer: pointer.slice(0, 100), detail: 'nothing of this name is known here' },
      ]);
  }
  const [sender] = from;
  if (sender === undefined || from.length > 1) return badRequest('one from is needed in the query');
  if (to.length === 0) return badRequest('at least one to is needed in the query');
  if (requireTls.length > 1) return badRequest('the query may have requireTls once');
  if ((announcedBytes(request) ?? 0) > sizeLimitBytes) return tooBig;
  const content = lines(request.body());
  const submitted = {
    from: sender,
    to,
    recipientParameters: '',
    body: '8BITMIME',
    requireTls: requireTls[0] === true,
    content,
    sizeLimitBytes,
  } as const;
  return { submitted };
}

async function* lines(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ends = new LineEnds();
  for await (const chunk of body) yield ends.push(chunk);
  yield ends.end();
}

async function readDrafted(
  request: HttpRequest,
  {
    options,
    sizeLimitBytes,
    share,
  }: { readonly options: HttpOptions; readonly sizeLimitBytes: number; readonly share: MemoryShare },
): Promise<{ readonly submitted: Submitted } | Problem> {
  const limit = options.jsonSizeLimitBytes;
  const [pair] = request.query;
  if (pair !== undefined)
    return badRequest(`a request in JSON has no query, and "${pair[0].slice(0, 50)}" is in it`);
  if ((announcedBytes(request) ?? 0) > limit) return tooLarge(limit);
  const read = await readJson(whileThere(request.body()), limit, share);
  if ('problem' in read) return read.problem;
  const found = readDraft(read.value);
  if ('flaws' in found) {
    const [first] = found.flaws;
    const detail = first === undefined ? 'the message makes no sense' : `${first.pointer}: ${first.detail}`;
    return { status: 422, kind: 'content', detail, errors: found.flaws };
  }
  const { draft } = found;
  const { from, to } = draft.envelope;
  const recipientParameters = draft.notify === undefined ? '' : `NOTIFY=${draft.notify}`;
  const content = lines(compose(draft));
  const author = { address: draft.from.address, pointer: '#/from' };
  const { requireTls } = draft;
  const submitted = {
    from,
    author,
    to,
    recipientParameters,
    body: '7BIT',
    requireTls,
    content,
    sizeLimitBytes,
  } as const;
  return { submitted };
}

class ClientGone extends Error {}

async function* whileThere(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch {
    throw new ClientGone();
  }
}
