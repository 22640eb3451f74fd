import { describe, expect, test } from 'vitest';
import { isForSentinels, parseSentinelUrl } from './sentinel-url.ts';

const plain = {
  database: 0,
  login: { user: '', password: '' },
  sentinelLogin: { user: '', password: '' },
  tls: false,
  sentinelTls: false,
};

describe('parseSentinelUrl()', () => {
  test.each([
    [
      'sentinel://a,b:26380,[2001:DB8::1]:7/mymaster',
      {
        ...plain,
        name: 'mymaster',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
          { host: '2001:db8::1', port: 7 },
        ],
      },
    ],
    [
      'sentinel://u%40x:s%2Fe:c@s1.example.org/mail/3?sentinel_user=v&sentinel_password=p%26q',
      {
        ...plain,
        name: 'mail',
        database: 3,
        sentinels: [{ host: 's1.example.org', port: 26379 }],
        login: { user: 'u@x', password: 's/e:c' },
        sentinelLogin: { user: 'v', password: 'p&q' },
      },
    ],
    [
      'sentinels://:secret@a/m',
      {
        ...plain,
        name: 'm',
        sentinels: [{ host: 'a', port: 26379 }],
        login: { user: '', password: 'secret' },
        tls: true,
        sentinelTls: true,
      },
    ],
    [
      'sentinels://a/m?sentinel_tls=no',
      { ...plain, name: 'm', sentinels: [{ host: 'a', port: 26379 }], tls: true },
    ],
  ])('reads %s', (text, value) => {
    expect(parseSentinelUrl(text)).toEqual({ value });
  });

  test.each([
    ['sentinel:a/m', 'not sentinel://'],
    ['sentinel://a,b', 'not sentinel://'],
    ['sentinel://a/m#x', 'not sentinel://'],
    ['sentinel://a/', 'no name'],
    ['sentinel://a/my master', 'no name'],
    ['sentinel:///m', 'HOST'],
    ['sentinel://a,,b/m', 'HOST'],
    ['sentinel://a:0/m', 'HOST'],
    ['sentinel://a:65536/m', 'HOST'],
    ['sentinel://::1/m', 'HOST'],
    ['sentinel://[a]/m', 'HOST'],
    ['sentinel://a,A:26379/m', 'twice'],
    ['sentinel://a/m/x', 'number'],
    ['sentinel://a/m/1/2', 'number'],
    ['sentinel://u:p%zz@a/m', 'percent-encoded'],
    ['sentinel://u:p@q@a/m', 'percent-encoded'],
    ['sentinel://user@a/m', 'percent-encoded'],
    ['sentinel://a/m?db=1', 'parameters are'],
    ['sentinel://a/m?sentinel_password=', 'parameters are'],
    ['sentinel://a/m?sentinel_password=x&sentinel_password=y', 'parameters are'],
    ['sentinel://a/m?sentinel_user=u', 'needs'],
    ['sentinel://a/m?sentinel_tls=no', 'sentinels://'],
    ['sentinels://a/m?sentinel_tls=maybe', 'yes or no'],
  ])('refuses %s', (text, reason) => {
    expect(parseSentinelUrl(text)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});

test('isForSentinels(): by the scheme alone', () => {
  expect(['sentinel://', 'sentinels://a/m', 'Sentinel:x'].map(isForSentinels)).toEqual([true, true, true]);
  expect(['redis://a', 'unix:///x', ''].map(isForSentinels)).toEqual([false, false, false]);
});
