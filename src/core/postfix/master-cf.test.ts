import { describe, expect, test } from 'vitest';
import { readMasterCf } from './master-cf.ts';

const overridesOf = (line: string) =>
  [...(readMasterCf(line, 'master.cf').services[0]?.overrides.values() ?? [])].map(({ name, value }) => [
    name,
    value,
  ]);

describe('readMasterCf()', () => {
  test('reads services with what they override, and where', () => {
    const text = `# comment
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o smtpd_tls_security_level=encrypt
# in between
  -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }
`;
    const { services } = readMasterCf(text, 'master.cf');
    expect(services.map(({ name, type, command, line }) => [name, type, command, line])).toEqual([
      ['smtp', 'inet', 'smtpd', 2],
      ['submission', 'inet', 'smtpd', 3],
    ]);
    expect(services[1]?.overrides.get('smtpd_tls_security_level')).toEqual({
      file: 'master.cf',
      line: 3,
      service: 'submission/inet',
      name: 'smtpd_tls_security_level',
      value: 'encrypt',
    });
    expect(services[1]?.overrides.get('smtpd_relay_restrictions')?.value).toBe(
      'permit_sasl_authenticated, reject',
    );
  });

  test.each([
    ['s unix - - n - - smtp -o a=b', [['a', 'b']]],
    ['s unix - - n - - smtp -oa=b -v -D', [['a', 'b']]],
    [
      's unix - - n - - smtp -o a= -o c=d',
      [
        ['a', ''],
        ['c', 'd'],
      ],
    ],
    ['s unix - - n - - smtp -o {a=b c} -o a=d', [['a', 'd']]],
    ['s unix - n n - - pipe flags=R user=x argv=/bin/y -o ${nexthop}', undefined],
  ])('of %j', (line, wanted) => {
    if (wanted === undefined) expect(() => overridesOf(line)).toThrow('master.cf:1: -o');
    else expect(overridesOf(line)).toEqual(wanted);
  });

  test('of two lines about one service the later counts', () => {
    const text =
      'smtp unix - - n - - smtp -o a=1\nsmtp unix - - n - - smtp -o a=2\nsmtp inet n - n - - smtpd\n';
    const { services } = readMasterCf(text, 'master.cf');
    expect(services.map(({ type, overrides }) => [type, overrides.get('a')?.value])).toEqual([
      ['unix', '2'],
      ['inet', undefined],
    ]);
  });

  test('ends where Postfix ends', () => {
    expect(() => readMasterCf('smtp inet n\n', 'master.cf')).toThrow(
      'master.cf:1: service "smtp" has too few fields',
    );
    expect(() => readMasterCf('smtp unix - - n - - smtp -o\n', 'master.cf')).toThrow(
      'master.cf:1: -o without name=value',
    );
  });
});
