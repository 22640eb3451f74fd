import { expect, test } from 'vitest';
import { apparmorHint } from './apparmor.ts';

const refused = ['[1] unbound[2:0] error: Could not open /proc/self/fd/3: Permission denied'];

test('apparmorHint(): says what to do where AppArmor may have refused something', () => {
  const hint = apparmorHint('/usr/sbin/unbound', refused, () => true);
  expect(hint).toContain('/etc/apparmor.d/local/usr.sbin.unbound');
  expect(hint).toContain('dns.servers');
  // A profile may keep it even from saying why.
  expect(apparmorHint('/usr/sbin/unbound', [], () => true)).toBe(hint);
});

test('apparmorHint(): nothing where it is not that', () => {
  expect(apparmorHint('/usr/sbin/unbound', refused, () => false)).toBe('');
  expect(apparmorHint('/usr/sbin/unbound', ['trust anchor is no DS or DNSKEY'], () => true)).toBe('');
});
