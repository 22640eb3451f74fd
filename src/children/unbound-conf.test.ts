import { expect, test } from 'vitest';
import { unboundConf } from './unbound-conf.ts';
import type { UnboundSettings } from './unbound-conf.ts';

const settings: UnboundSettings = {
  directory: '/data/unbound',
  pidFile: '/data/unbound/unbound.pid',
  address: '127.0.0.1',
  port: 20_053,
  trustAnchor: { kind: 'managed', file: '/data/unbound/root.key' },
  forwarders: [],
};
const lines = (changes: Partial<UnboundSettings>): string[] =>
  unboundConf({ ...settings, ...changes })
    .split('\n')
    .map((line) => line.trim());

test('unboundConf(): serves its own address and port, and has no remote control', () => {
  expect(lines({}).filter((line) => /^(interface|port|control-enable|access-control):/.test(line))).toEqual([
    'interface: 127.0.0.1@20053',
    'port: 20053',
    'access-control: 127.0.0.0/8 allow',
    'control-enable: no',
  ]);
});

test.each([
  ['managed', 'auto-trust-anchor-file: "/a b/root.key"'],
  ['given', 'trust-anchor-file: "/a b/root.key"'],
] as const)('unboundConf(): a trust anchor that is %s', (kind, line) => {
  const anchors = lines({ trustAnchor: { kind, file: '/a b/root.key' } }).filter((l) => l.includes('anchor'));
  expect(anchors).toEqual([line]);
});

test('unboundConf(): without forwarders it asks the authoritative servers', () => {
  expect(lines({ rootHintsFile: '/hints' })).toContain('root-hints: "/hints"');
  expect(lines({})).not.toContain('forward-zone:');
});

test('unboundConf(): forwarders by address and port, also on this host, and nobody else', () => {
  const text = lines({
    forwarders: [
      { address: '127.0.0.1', port: 5300 },
      { address: '2001:db8::1', port: 53 },
    ],
  });
  expect(text.slice(text.indexOf('forward-zone:'))).toEqual([
    'forward-zone:',
    'name: "."',
    'forward-addr: 127.0.0.1@5300',
    'forward-addr: 2001:db8::1@53',
    'forward-first: no',
    '',
  ]);
  expect(text).toContain('do-not-query-localhost: no');
});

test.each(['/a"b', '/a\nb'])('unboundConf(): refuses the path %j', (directory) => {
  expect(() => unboundConf({ ...settings, directory })).toThrow('may not have quotes');
});
