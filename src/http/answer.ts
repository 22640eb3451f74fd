import type { ServerResponse } from 'node:http';
import { problemBody, type Problem } from './problem.ts';

/** What a request comes to. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** The client is gone. */
  | { readonly kind: 'none' };

export function json(status: number, value: object, headers?: Readonly<Record<string, string>>): Answer {
  return { kind: 'json', status, body: JSON.stringify(value), ...(headers !== undefined && { headers }) };
}

export function problem(found: Problem): Answer {
  return { kind: 'problem', problem: found };
}

/** Nobody between here and the client keeps an answer, or takes it for something that it is not. */
const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** @param isLast the connection is not used again */
export function send(answer: Answer, response: ServerResponse, isLast: boolean): void {
  if (answer.kind === 'none' || response.headersSent) return void response.destroy();
  if (isLast) response.setHeader('connection', 'close');
  if (answer.kind === 'json') {
    const { status, body, headers } = answer;
    return write(response, status, `${body}\n`, { 'content-type': 'application/json', ...headers });
  }
  const { status, retryAfter, headers } = answer.problem;
  write(response, status, `${JSON.stringify(problemBody(answer.problem))}\n`, {
    'content-type': 'application/problem+json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...headers,
  });
}

function write(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { ...common, ...headers, 'content-length': length }).end(body);
}
