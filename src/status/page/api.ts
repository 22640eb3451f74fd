/** Questions to the relay that this page came from. */

/** What the relay says of a request that it refuses. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

let pageToken = meta('page-token');
let mayAct = meta('may-act') === 'yes';

export function canAct(): boolean {
  return mayAct;
}

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

export async function get<Value>(path: string, signal?: AbortSignal): Promise<Value> {
  return read<Value>(
    await fetch(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) }),
  );
}

/** A relay that has started anew gives out another token. */
export async function renew(): Promise<void> {
  const state = await get<{ pageToken: string; access: { act: boolean } }>('/api/state');
  pageToken = state.pageToken;
  mayAct = state.access.act;
}

export async function post<Value>(path: string, body: unknown): Promise<Value> {
  const headers = { 'content-type': 'application/json', 'x-page-token': pageToken };
  return read<Value>(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

export async function logIn(token: string): Promise<void> {
  // A session that is over, or was ended elsewhere, has left the token of a page that is nobody's now.
  pageToken = (await get<{ pageToken: string }>('/api/login')).pageToken;
  const body = new URLSearchParams({ token });
  const answer = await fetch('/login', {
    method: 'POST',
    headers: { 'x-page-token': pageToken },
    body,
    redirect: 'manual',
  });
  if (answer.type !== 'opaqueredirect') throw new Refused(answer.status, 'This is not the token.');
  await renew();
}

async function read<Value>(answer: Response): Promise<Value> {
  const text = await answer.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = { error: text };
  }
  if (answer.ok) return value as Value;
  throw new Refused(answer.status, (value as { error?: string }).error ?? answer.statusText);
}

/** The records of a stream, one JSON value a line, until it ends or `signal` is aborted. */
export async function* records<Value>(path: string, signal: AbortSignal): AsyncGenerator<Value> {
  const answer = await fetch(path, { signal });
  if (!answer.ok || answer.body === null) return void (await read(answer));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Value;
  }
}
