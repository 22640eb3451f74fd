import { expect, test } from 'vitest';
import { unboundConf } from './unbound-conf.ts';
import type { UnboundSettings } from './unbound-conf.ts';

const settings: UnboundSettings = {
  address: '127.0.0.1',
  port: 20_053,
  trustAnchors: ['. IN DS 1 13 2 00FF'],
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

test('unboundConf(): trust anchors inline, and no file of its own: it may not be able to read any', () => {
  const trustAnchors = ['. IN DNSKEY 257 3 13 AAAA', 'example. IN DS 1 13 2 00'];
  const text = lines({ trustAnchors });
  expect(text.filter((line) => line.includes('anchor'))).toEqual([
    'trust-anchor: ". IN DNSKEY 257 3 13 AAAA"',
    'trust-anchor: "example. IN DS 1 13 2 00"',
  ]);
  expect(text.filter((line) => /^(?:directory|pidfile|logfile|chroot|username):/.test(line))).toEqual([
    'username: ""',
    'chroot: ""',
    'directory: ""',
    'pidfile: ""',
    'logfile: ""',
  ]);
  expect(text.filter((line) => /"\//.test(line))).toEqual([]);
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

test.each(['. IN DS 1 13 2 "', 'a\nserver:'])('unboundConf(): refuses %j', (line) => {
  expect(() => unboundConf({ ...settings, trustAnchors: [line] })).toThrow('may have quotes');
});
