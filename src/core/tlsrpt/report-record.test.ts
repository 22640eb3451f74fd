import { describe, expect, test } from 'vitest';
import { addressText, readReportRecords, readReportUri } from './report-record.ts';

const none = (reason: string) => ({ kind: 'none', reason });

describe('readReportRecords()', () => {
  test.each<[string, readonly string[], readonly string[] | string]>([
    ['no record', [], 'no record'],
    ['those of others', ['v=spf1 -all', 'v=TLSRPTv1x; rua=mailto:a@x.test'], 'no record'],
    ['two', ['v=TLSRPTv1; rua=mailto:a@x.test', 'v=TLSRPTv1; rua=mailto:b@x.test'], 'several records'],
    ['another version', ['v=TLSRPTv2; rua=mailto:a@x.test'], 'no record'],
    ['a version in other letters', ['V=TLSRPTv1; rua=mailto:a@x.test'], 'no record'],
    ['nothing behind the version', ['v=TLSRPTv1'], 'no record'],
    ['no rua', ['v=TLSRPTv1;'], 'no address that can be used'],
    ['a rua without a scheme', ['v=TLSRPTv1; rua=postmaster@x.test'], 'no address that can be used'],
    [
      'one beside a record of another kind',
      ['v=spf1 -all', 'v=TLSRPTv1; rua=mailto:a@x.test;'],
      ['mailto:a@x.test'],
    ],
    ['a blank before the semicolon', ['v=TLSRPTv1 ;rua=mailto:a@x.test'], ['mailto:a@x.test']],
    ['an unknown field first', ['v=TLSRPTv1; ext=1; rua=mailto:a@x.test'], ['mailto:a@x.test']],
    [
      'two ruas, of which the first counts',
      ['v=TLSRPTv1;rua=mailto:a@x.test;rua=mailto:b@x.test'],
      ['mailto:a@x.test'],
    ],
    [
      'blanks around the comma',
      ['v=TLSRPTv1; rua=mailto:a@x.test , https://r.test/v1'],
      ['mailto:a@x.test', 'https://r.test/v1'],
    ],
    [
      'one address that makes no sense',
      ['v=TLSRPTv1; rua=ftp://x.test,mailto:a@x.test'],
      ['mailto:a@x.test'],
    ],
    [
      'one address in several words, and another behind them',
      [
        'v=TLSRPTv1; rua=mailto:a@x.test,MAILTO:a@X.test,mailto:%61@x.test,mailto:a@x.test?a,mailto:a@x.test?b,mailto:b@x.test',
      ],
      ['mailto:a@x.test', 'mailto:b@x.test'],
    ],
    [
      'more addresses than anybody needs',
      [`v=TLSRPTv1; rua=${Array.from({ length: 9 }, (_, at) => `mailto:a${at}@x.test`).join(',')}`],
      [0, 1, 2, 3, 4].map((at) => `mailto:a${at}@x.test`),
    ],
  ])('%s', (_, texts, wanted) => {
    const wish = readReportRecords(texts);
    if (typeof wanted === 'string') expect(wish).toEqual(none(wanted));
    else expect(wish.kind === 'wanted' && wish.addresses.map(addressText)).toEqual(wanted);
  });
});

describe('readReportUri()', () => {
  test.each<[string, string | undefined]>([
    ['mailto:tls@x.test', 'mailto:tls@x.test'],
    ['MAILTO:tls@X.test', 'mailto:tls@x.test'],
    ['mailto:tls%2Brpt@x.test?subject=z', 'mailto:tls+rpt@x.test'],
    ['mailto:a%0d%0aBcc:x@y?subject=z', undefined],
    ['mailto:a%00@x.test', undefined],
    ['mailto:a@x.test%2Cb@x.test', undefined],
    ['mailto:a%@x.test', undefined],
    ['mailto:', undefined],
    ['mailto:%C3%BC@x.test', undefined],
    ['mailto:a@[192.0.2.1]', undefined],
    ['https://r.test/a%2Cb%3Bc%21?d=%20', 'https://r.test/a,b;c!?d=%20'],
    ['https://r.test:443/v1#part', 'https://r.test/v1'],
    ['https://r.test:8443/v1', undefined],
    ['https://user:word@r.test/', undefined],
    ['http://r.test/', undefined],
    ['https:', undefined],
    [`https://r.test/${'a'.repeat(1_000)}`, undefined],
    ['tls@x.test', undefined],
  ])('%s', (uri, wanted) => {
    const address = readReportUri(uri);
    expect(address && addressText(address)).toBe(wanted);
  });
});
