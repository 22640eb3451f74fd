import { expect, test } from 'vitest';
import { judgeProgram } from './resolver-program.ts';

test.each([
  ['unbound', [], '', 'yes'],
  ['named', [], '', 'yes'],
  ['dnsmasq', ['dnsmasq', '--dnssec'], '', 'yes'],
  ['dnsmasq', ['dnsmasq'], '# dnssec\ndnssec\n', 'yes'],
  ['dnsmasq', ['dnsmasq', '--proxy-dnssec'], '', 'no'],
  ['dnsmasq', ['dnsmasq'], '#dnssec\n', 'unknown'],
  ['coredns', [], '', 'no'],
  ['systemd-resolve', [], '', 'no'],
  ['node', [], '', 'unknown'],
])('%s %j %j: %s', (name, command, settings, validates) => {
  expect(judgeProgram({ name, command }, settings).validates).toBe(validates);
});
