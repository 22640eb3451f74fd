import { expect, it } from 'vitest';
import type { KnownHealth } from '../../core/check/known-health.ts';
import type { StatusAnswer } from '../../status/route.ts';
import { destinationsRoute } from './destinations.ts';

const at = Date.UTC(2026, 10, 30);
const text = 'mx.x.test[192.0.2.1]:25: no TLSA record matches';
const health: KnownHealth = {
  destination: '[mx.x.test]:25',
  judged: { at, verdict: 'fails' },
  findings: [{ kind: 'mismatch', severity: 'problem', where: 'mx.x.test[192.0.2.1]:25', text, since: at }],
};

function ask(path: string, trouble?: Error): Promise<StatusAnswer> {
  const store = {
    async *list([name]: readonly string[] = []) {
      if (trouble !== undefined) throw trouble;
      if (name === health.destination) yield { destination: name, health };
      if (name === 'new.test') yield { destination: name };
    },
  };
  const { answer } = destinationsRoute(store, 'relay.test');
  return answer({ url: new URL(path, 'http://localhost') } as Parameters<typeof answer>[0]);
}

async function bodyOf(path: string): Promise<unknown> {
  const { status, body } = await ask(path);
  expect(status).toBe(200);
  expect(body).toBeTypeOf('string');
  return JSON.parse(body as string);
}

it('has what is known, as text and with a note to the postmaster of the host', async () => {
  expect(await bodyOf(`/api/destinations/${encodeURIComponent('[mx.x.test]:25')}`)).toMatchObject({
    schema: 1,
    standing: 'fails',
    findings: [{ kind: 'mismatch' }],
    lines: ['[mx.x.test]:25: DANE fails, checked at 2026-11-30T00:00:00Z', expect.stringContaining(text)],
    note: expect.arrayContaining(['To: postmaster@mx.x.test', 'The postmaster of relay.test']),
  });
  const unchecked = await bodyOf('/api/destinations/new.test');
  expect(unchecked).toMatchObject({ standing: 'unknown', lines: ['new.test: not checked yet'] });
  expect(unchecked).not.toHaveProperty('note');
});

it('says what is wrong with the question, or with Redis', async () => {
  expect(await ask('/api/destinations/none.test')).toMatchObject({ status: 404 });
  expect(await ask('/api/destinations/')).toMatchObject({ status: 400 });
  expect(await ask(`/api/destinations/${'x'.repeat(301)}`)).toMatchObject({ status: 400 });
  const away = Object.assign(new Error('Redis is away'), { code: 'QUEUE_UNAVAILABLE' });
  expect(await ask('/api/destinations/x.test', away)).toMatchObject({ status: 503 });
  await expect(ask('/api/destinations/x.test', new TypeError('a bug'))).rejects.toThrow('a bug');
});
