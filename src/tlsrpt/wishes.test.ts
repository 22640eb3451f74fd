import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { askWish, createWishes } from './wishes.ts';

const texts = (...records: readonly string[]): Answer<string> => ({
  kind: 'found',
  records,
  secure: false,
  name: '',
  aliases: [],
  ttl: 60,
});
const absent: Answer<string> = {
  kind: 'absent',
  denial: 'NODATA',
  secure: false,
  name: '',
  aliases: [],
  ttl: 60,
};
const failed: Answer<string> = { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };

function dns(answer: () => Answer<string>): { readonly lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = [];
  const lookup = async (name: string, type: string) => {
    asked.push(`${name} ${type}`);
    return answer();
  };
  return { lookup: lookup as unknown as Lookup, asked };
}

test('askWish() reads the record of a domain', async () => {
  const { lookup, asked } = dns(() => texts('v=TLSRPTv1; rua=mailto:a@x.test'));
  expect(await askWish('x.test', lookup)).toMatchObject({ kind: 'wanted' });
  expect(asked).toEqual(['_smtp._tls.x.test TXT']);
  expect(await askWish('x.test', dns(() => absent).lookup)).toEqual({ kind: 'none', reason: 'no record' });
  expect(await askWish('x.test', dns(() => failed).lookup)).toEqual({ kind: 'unknown', detail: 'SERVFAIL' });
});

test('askWish() asks nothing where there is no room for the name', async () => {
  const { lookup, asked } = dns(() => absent);
  const domain = `${Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')}.test`;
  expect(await askWish(domain, lookup)).toEqual({ kind: 'none', reason: 'no record' });
  expect(asked).toEqual([]);
});

test('createWishes() lets nobody wait: what is not known may be wanted', async () => {
  let now = 0;
  let answer: Answer<string> = absent;
  const { lookup, asked } = dns(() => answer);
  const wishes = createWishes({ lookup, now: () => now, ports: 'port 443' });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  expect([wishes.mayWant('x.test'), wishes.mayWant('x.test')]).toEqual([true, true]);
  await settled();
  expect(wishes.mayWant('x.test')).toBe(false);
  expect(asked).toHaveLength(1);
  answer = texts('v=TLSRPTv1; rua=mailto:a@x.test');
  now = 3_600_000;
  // Until the answer is there it is as before.
  expect(wishes.mayWant('x.test')).toBe(false);
  await settled();
  expect(wishes.mayWant('x.test')).toBe(true);
  answer = failed;
  now *= 3;
  expect(wishes.mayWant('x.test')).toBe(true);
  await settled();
  expect(wishes.mayWant('x.test')).toBe(true);
});

test.each([
  ['port 443', false],
  ['any port', true],
] as const)('createWishes() takes an address as the sender does: %s', async (ports, wanted) => {
  const { lookup } = dns(() => texts('v=TLSRPTv1; rua=https://x.test:8443/'));
  const wishes = createWishes({ lookup, now: () => 0, ports });
  wishes.mayWant('x.test');
  await new Promise((resolve) => setImmediate(resolve));
  expect(wishes.mayWant('x.test')).toBe(wanted);
});
