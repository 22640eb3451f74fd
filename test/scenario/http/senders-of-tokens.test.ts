import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson, postRaw, startHttpRelay, type HttpRelay } from '../../support/http-relay.ts';

let relay: HttpRelay;

beforeAll(async () => {
  relay = await startHttpRelay([{ name: 'shop', senders: ['@shop.test', 'boss@other.test'] }], {
    set: { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '', 'intake.bare_newline': 'reject' },
  });
});
afterAll(() => relay?.[Symbol.asyncDispose]());

describe('a token that may send from some addresses', () => {
  const refused = [403, 422];

  it.each([
    'ceo@bank.test ENVID=<x@shop.test',
    'ceo@bank.test RET=HDRS ENVID=x<@shop.test',
    'ceo@bank.test> ENVID=<x@shop.test',
    'ceo@bank.test\nRSET <x@shop.test',
    'ceo@bank.test, x@shop.test',
    '"x@shop.test" <ceo@bank.test>',
    '<ceo@bank.test>@shop.test',
    '@shop.test:ceo@bank.test',
  ])('cannot say another one: %j', async (from) => {
    const to = ['b@good.test'];
    const raw = await postRaw(relay.url, { token: 'shop', from, to, content: 'x\n' });
    expect([refused, raw.body['id']]).toEqual([expect.arrayContaining([raw.status]), undefined]);
    const mail = { from: 'x@shop.test', to: 'b@good.test', subject: 's', text: 't', envelope: { from, to } };
    expect(refused).toContain((await postJson(relay.url, mail, { token: 'shop' })).status);
    const author = { ...mail, from: { name: '', address: from }, envelope: { from: 'x@shop.test', to } };
    expect(refused).toContain((await postJson(relay.url, author, { token: 'shop' })).status);
  });
});

it('a text in JSON has no line ends of SMTP: where these are judged strictly, it is written with them', async () => {
  const mail = { from: 'x@shop.test', to: 'b@good.test', subject: 's', text: 'a\rb\n.\r\n.\nc' };
  expect((await postJson(relay.url, mail, { token: 'shop' })).status).toBe(202);
});
