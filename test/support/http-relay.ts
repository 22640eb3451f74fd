import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTokenFile, tokenHash, type AccessToken } from '../../src/core/http/token.ts';
import { checkAnswer } from './openapi-check.ts';
import { removeDataDir, startRelay, type RelayOptions, type RunningRelay } from './running-relay.ts';

/** A relay that takes mail over HTTP. */
export interface HttpRelay extends RunningRelay {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly tokenFile: string;
}

export interface TokenOf extends Partial<Omit<AccessToken, 'name' | 'sha256'>> {
  readonly name: string;
}

/** The token of a name is `token-NAME`. */
export function tokenLines(tokens: readonly TokenOf[]): string {
  return printTokenFile(
    tokens.map(({ name, senders = [], rate = 0, sizeBytes = 0 }) => {
      return { name, sha256: tokenHash(`token-${name}`), senders, rate, sizeBytes };
    }),
  );
}

export async function startHttpRelay(
  tokens: readonly TokenOf[],
  options: RelayOptions = {},
): Promise<HttpRelay> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'dane-relay-')));
  const tokenFile = join(dataDir, 'http-tokens');
  await writeFile(tokenFile, tokenLines(tokens));
  const set = { 'http.listen': '127.0.0.1:0', ...options.set };
  const relay = await startRelay({ ...options, dataDir, set });
  const listening = await relay.line(/submission over HTTP on/);
  const url = `http://${/on (127\.0\.0\.1:\d+)/.exec(listening)?.[1]}`;
  const end = async (): Promise<void> => {
    await relay[Symbol.asyncDispose]();
    if (options.dataDir === undefined) await removeDataDir(dataDir);
  };
  return Object.defineProperties({} as HttpRelay, {
    ...Object.getOwnPropertyDescriptors(relay),
    url: { value: url },
    tokenFile: { value: tokenFile },
    [Symbol.asyncDispose]: { value: end },
  });
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // What a test looks at is checked by the test.
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts a message as it is. */
export function postRaw(
  url: string,
  {
    from,
    to,
    content,
    token = 'app',
    headers = {},
  }: {
    readonly from: string;
    readonly to: readonly string[];
    readonly content: string | Buffer;
    readonly token?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<Reply> {
  const query = [['from', from], ...to.map((one) => ['to', one])]
    .map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return ask(`${url}/v1/messages?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer token-${token}`, 'content-type': 'message/rfc822', ...headers },
    body: content,
  });
}

export function postJson(
  url: string,
  message: unknown,
  {
    token = 'app',
    headers = {},
  }: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Reply> {
  return ask(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer token-${token}`, 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Reply['body']);
  checkAnswer(init.method ?? 'GET', new URL(url).pathname, response, body);
  return { status: response.status, headers: response.headers, body };
}
