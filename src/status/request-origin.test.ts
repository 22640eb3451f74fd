import { describe, expect, it } from 'vitest';
import { bearerOf, cookieOf, hostOf, isBrowser, isCrossSite, isOwnHost } from './request-origin.ts';

describe('the Host header', () => {
  it.each([
    ['localhost', true],
    ['LOCALHOST:9100', true],
    ['page.localhost', true],
    ['127.0.0.1:9100', true],
    ['192.0.2.7', true],
    ['[::1]:9100', true],
    ['[2001:db8::1]', true],
    ['relay.example', true],
    ['Relay.Example.:443', true],
    ['evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['notlocalhost', false],
    ['evil.example/relay.example', false],
    ['relay.example@evil.example', false],
    ['[evil.example]', false],
    ['[::1', false],
    ['relay.example:port', false],
    ['', false],
    [undefined, false],
  ])('%s', (header, expected) => {
    expect(isOwnHost(hostOf(header), ['relay.example'])).toBe(expected);
  });
});

describe('isCrossSite()', () => {
  const host = 'relay.example:9100';
  it.each([
    ['nothing', {}, false],
    ['our page', { origin: 'http://relay.example:9100' }, false],
    ['our page behind TLS', { origin: 'https://relay.example:9100' }, false],
    ['our page, as the browser says', { 'sec-fetch-site': 'same-origin' }, false],
    ['a form without referrer', { origin: 'null' }, false],
    ['another port', { origin: 'http://relay.example' }, true],
    ['another site', { origin: 'http://evil.example' }, true],
    ['a longer name', { origin: 'http://relay.example:91000' }, true],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, true],
    ['a neighbour', { 'sec-fetch-site': 'same-site', origin: 'http://relay.example:9100' }, true],
    ['the address bar', { 'sec-fetch-site': 'none' }, true],
  ])('%s', (_, headers, expected) => {
    expect(isCrossSite({ host, ...headers })).toBe(expected);
  });
});

it('isBrowser() knows what only browsers send', () => {
  expect(isBrowser({ host: 'localhost' })).toBe(false);
  expect([{ origin: 'null' }, { 'sec-fetch-site': 'none' }, { cookie: 'a=b' }].map(isBrowser)).toEqual([
    true,
    true,
    true,
  ]);
});

it('bearerOf() and cookieOf() read what they are for', () => {
  expect(bearerOf({ authorization: 'bearer  abc ' })).toBe('abc');
  expect([{}, { authorization: 'Basic abc' }, { authorization: 'Bearer a b' }].map(bearerOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(cookieOf({ cookie: 'x=1; page=2.3; page=4' }, 'page')).toBe('2.3');
  expect(cookieOf({}, 'page')).toBeUndefined();
});
