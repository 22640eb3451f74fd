import { describe, expect, test } from 'vitest';
import { matchesName, shownName } from './names.ts';

describe('matchesName()', () => {
  test.each([
    ['mx.example.com', 'mx.example.com', true],
    ['MX.Example.COM', 'mx.example.com', true],
    ['mx.example.com', 'MX.EXAMPLE.COM', true],
    ['mx.example.com', 'mx2.example.com', false],
    ['example.com', 'mx.example.com', false],
    ['mx.example.com', 'example.com', false],
    ['mx.example.com.', 'mx.example.com', false],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', true],
    ['mx.example.com\0.evil.test', 'mx.example.com', false],
    ['', '', false],
    ['mx.example.com', '', false],
    // the KELVIN SIGN is no k
    ['mx.example.\u212Aom', 'mx.example.kom', false],
    // one whole label
    ['*.example.com', 'mx.example.com', true],
    ['*.EXAMPLE.com', 'MX.example.COM', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '.example.com', false],
    ['*.example.com', 'a.mx.example.com', false],
    ['*.example.com', 'mx.example.org', false],
    ['*.example.com', 'mxexample.com', false],
    ['*.example.com', 'xn--bcher-kva.example.com', true],
    ['*.example.com', '_dmarc.example.com', false],
    ['*.co.uk', 'example.co.uk', true],
    // in host names only, as OpenSSL has it; a name in full may have other labels
    ['*.ex_ample.com', 'mx.ex_ample.com', false],
    ['*._sub.example.com', 'mx._sub.example.com', false],
    ['*.-example.com', 'mx.-example.com', false],
    ['*.example-.com', 'mx.example-.com', false],
    ['*.example.com', 'mx-.example.com', true],
    ['mx.ex_ample.com', 'mx.ex_ample.com', true],
    ['_mx.example.com', '_mx.example.com', true],
    ['*.example.com', '*.example.com', false],
    ['*.exa mple.com', 'mx.exa mple.com', false],
    // right below a top level
    ['*.com', 'example.com', false],
    ['*.', 'example.com', false],
    ['*', 'localhost', false],
    ['*.*', 'example.com', false],
    // a part of a label, another label, two of them
    ['m*.example.com', 'mx.example.com', false],
    ['*x.example.com', 'mx.example.com', false],
    ['mx.*.com', 'mx.example.com', false],
    ['*.*.com', 'mx.example.com', false],
    ['**.example.com', 'mx.example.com', false],
  ])('%j for %j: %s', (pattern, reference, expected) => {
    expect(matchesName(pattern, reference)).toBe(expected);
  });
});

describe('shownName(): RFC 7672 §3.2.3', () => {
  const certificate = (dnsNames: string[], commonNames: string[] = []) => ({
    dnsNames,
    subject: { relativeNames: [], commonNames, emailAddresses: [], text: '' },
  });

  test.each([
    [
      'the first reference name that is shown',
      certificate(['example.com', 'mx.example.com']),
      'mx.example.com',
    ],
    ['a later one', certificate(['example.com']), 'example.com'],
    ['through a wildcard', certificate(['*.example.com']), 'mx.example.com'],
    ['the Common Name where there is no DNS-ID', certificate([], ['mx.example.com']), 'mx.example.com'],
    ['any Common Name', certificate([], ['Example', 'example.com']), 'example.com'],
    [
      'not the Common Name where there is a DNS-ID',
      certificate(['other.test'], ['mx.example.com']),
      undefined,
    ],
    ['nothing', certificate([]), undefined],
  ])('%s', (_, each, expected) => {
    expect(shownName(each, ['mx.example.com', 'example.com'])).toBe(expected);
  });

  test.each([
    ['a name below the domain', 'mx.example.com', true],
    ['at any depth', 'a.b.example.com', true],
    ['at any depth, in longer labels', 'mail.de_1.north-2.example.com', true],
    ['in any case', 'MX.Example.COM', true],
    ['a wildcard below it', '*.example.com', true],
    ['a wildcard deeper down', '*.a.example.com', true],
    ['the domain itself', 'example.com', false],
    ['a longer label', 'badexample.com', false],
    ['another domain', 'mx.example.org', false],
    ['an empty label', '.example.com', false],
    ['an empty label on top', '.mx.example.com', false],
    ['a star that is no label', 'm*.example.com', false],
    ['a star inside', 'a.*.example.com', false],
    ['a name with a null character', 'evil.test\0.example.com', false],
  ])('any name below: %s', (_, dnsName, shown) => {
    const reference = { below: 'Example.com' };
    expect(shownName(certificate([dnsName]), [reference])).toBe(shown ? '.Example.com' : undefined);
  });

  test('what is longer than a name can be is below nothing', () => {
    const long = (labels: number): string => `${'a.'.repeat(labels)}example.com`;
    expect(shownName(certificate([long(121)]), [{ below: 'example.com' }])).toBe('.example.com');
    expect(shownName(certificate([long(122)]), [{ below: 'example.com' }])).toBeUndefined();
  });

  test('nothing is below nothing', () => {
    expect(shownName(certificate(['mx.example.com', 'mx.']), [{ below: '' }])).toBeUndefined();
  });

  test('no reference names, no match', () => {
    expect(shownName(certificate(['mx.example.com']), [])).toBeUndefined();
  });
});
