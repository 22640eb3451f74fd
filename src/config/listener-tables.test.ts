import { expect, test } from 'vitest';
import { configOf, problemsOf } from '../../test/support/config-kit.ts';
import { isListenerKey, listenerKeys, listenerSettings } from './listener-settings.ts';
import { loadSettings } from './load.ts';

const plain = {
  tls: 'none',
  tlsRequired: false,
  auth: 'none',
  tlsAuthOnly: true,
  certificates: [],
  mode: 0o660,
};

test('listeners: an address of listen is a plain one', () => {
  expect(configOf('listen = ["[::1]:25"]').listeners).toMatchObject([
    {
      ...plain,
      name: '[::1]:25',
      path: 'listen',
      where: 'relay.toml:1',
      address: { kind: 'tcp', host: '::1', port: 25 },
    },
  ]);
});

test('listeners: tables come after those of listen', () => {
  const text = `
    listen = ["127.0.0.1:25"]
    [[listener]]
    address = "127.0.0.1:26"
    name = "second"
    [[listener]]
    address = "127.0.0.1:27"`;
  expect(configOf(text).listeners).toMatchObject([
    { name: '127.0.0.1:25' },
    { ...plain, name: 'second', path: 'listener[0]', where: 'relay.toml:3', address: { port: 26 } },
    { name: '127.0.0.1:27', path: 'listener[1]' },
  ]);
});

test('listeners: with tables there is no plain one by default', () => {
  expect(configOf('[[listener]]\naddress = "127.0.0.1:26"').listeners).toMatchObject([
    { name: '127.0.0.1:26' },
  ]);
});

test('listeners: a variable or an option has all of them as one value of TOML', () => {
  const env = {
    DANE_RELAY_LISTENER: '[{ address = "127.0.0.1:27", name = "a" }, { address = "127.0.0.1:28" }]',
  };
  const text = '[[listener]]\naddress = "127.0.0.1:26"';
  expect(configOf(text, { env }).listeners).toMatchObject([{ name: 'a' }, { name: '127.0.0.1:28' }]);
  expect(configOf(text, { env, sets: ['listener='] }).listeners).toMatchObject([{ name: '127.0.0.1:2525' }]);
});

test('listeners: what was written is shown, with its place', () => {
  const file = { name: 'relay.toml', text: '[[listener]]\naddress = "127.0.0.1:26"\nname = "second"' };
  const { inForce } = loadSettings({ file, env: {}, sets: [] });
  expect(inForce.get('listener[0].name')).toMatchObject({
    shown: '"second"',
    where: 'relay.toml:3',
    isDefault: false,
  });
});

const one = '[[listener]]\naddress = "127.0.0.1:25"\n';

test.each([
  [
    'no address',
    '[[listener]]\nname = "x"',
    'relay.toml:1: listener[0].address: found none, wanted an address',
  ],
  ['an empty address', '[[listener]]\naddress = ""', 'relay.toml:1: listener[0].address: found none'],
  [
    'a bad address',
    '\n[[listener]]\naddress = "x"',
    'relay.toml:3: listener[0].address: found "x", wanted an address with its port such as "192.0.2.1:587", "unix:/path", or "systemd:NAME"',
  ],
  ['a relative socket', '[[listener]]\naddress = "unix:x"', 'found "unix:x" (no absolute path)'],
  ['a long socket', `[[listener]]\naddress = "unix:/${'x'.repeat(107)}"`, '(more than 107 octets)'],
  ['a nameless descriptor', '[[listener]]\naddress = "systemd:a:b"', '(no name of a descriptor)'],
  [
    'an unknown key',
    `${one}[[listener]]\naddress = "127.0.0.1:26"\nport = 25`,
    'relay.toml:5: listener[1].port: found an unknown setting, wanted a setting of a listener',
  ],
  ['a slip', `${one}proxy-peer = []`, 'did you mean proxy_peers?'],
  [
    'a bad value',
    `${one}tls = "yes"`,
    'relay.toml:3: listener[0].tls: found "yes", wanted one of none, starttls, implicit',
  ],
  [
    'a bad item',
    `${one}proxy_peers = [\n"127.0.0.1",\n"x"]`,
    'relay.toml:5: listener[0].proxy_peers: found "x"',
  ],
  [
    'bad permissions',
    '[[listener]]\naddress = "unix:/x"\nmode = "rw"',
    'found "rw", wanted permissions such as "0660"',
  ],
  ['permissions without a socket', `${one}mode = "0600"`, 'listener[0].mode: found "0600", wanted none'],
  [
    'TLS without a certificate',
    `${one}tls = "starttls"`,
    'relay.toml:1: listener[0].certificate: found [], wanted a file for tls = "starttls"',
  ],
  [
    'a certificate without TLS',
    `${one}certificate = "/a.pem"`,
    'relay.toml:3: listener[0].certificate: found ["/a.pem"], wanted none, since tls is "none"',
  ],
  ['TLS required without TLS', `${one}tls_required = true`, 'found true, wanted false, since tls is "none"'],
  ['fingerprints without TLS', `${one}relay_clientcerts = "${'ab'.repeat(32)}"`, 'relay_clientcerts: found'],
  ['another digest', `${one}relay_clientcerts = ["${'ab'.repeat(20)}"]`, 'wanted a list of SHA-256 digests'],
  [
    'keys that do not fit',
    `${one}tls = "starttls"\ncertificate = ["/a", "/b"]\nkey = "/c"`,
    'wanted one for each of 2 certificates, or none',
  ],
  ['a login that nobody can make', `${one}auth = "require"`, 'nobody could log in'],
  [
    'two of one name',
    `${one}[[listener]]\naddress = "127.0.0.1:26"\nname = "127.0.0.1:25"`,
    'a name that no other listener has',
  ],
  [
    'two of one address',
    `${one}${one}`,
    'relay.toml:3: listener[1].address: found 127.0.0.1:25, and 127.0.0.1:25 in listener[0].address, wanted every address and port once',
  ],
  [
    'two of one socket',
    '[[listener]]\naddress = "unix:/x"\n[[listener]]\naddress = "unix:/x"',
    'found unix:/x, and the same in listener[0].address',
  ],
  [
    'one table',
    '[listener]\naddress = "127.0.0.1:25"',
    'listener: found a single table: [listener], wanted tables: [[listener]]',
  ],
  ['a value', 'listener = 1', 'listener: found a value, wanted tables'],
  ['no tables', 'listener = [1]', 'found a list with items that are not tables'],
])('listeners: %s', (_, text, problem) => {
  expect(problemsOf(text).join('\n')).toContain(problem);
});

test('listeners: an option that is no TOML', () => {
  expect(problemsOf('', { sets: ['listener=[{'] })).toEqual([
    '--set: listener: found no list of tables in TOML, wanted tables: [[listener]], each with its settings below it',
  ]);
});

test.each(listenerKeys)(
  'listenerSettings: %s is a key a TOML file can hold bare, documented in a sentence',
  (key) => {
    expect(key).toMatch(/^[a-z_]+$/);
    expect(listenerSettings[key].doc).toMatch(/^[A-Z1].*\.$|^[a-z]+: .*\.$/);
    const written = [listenerSettings[key].default].flat().map(String);
    expect(listenerSettings[key].kind.read(written)).toHaveProperty('value');
  },
);

test('isListenerKey(): knows keys, not what every object has', () => {
  expect([isListenerKey('tls'), isListenerKey('toString')]).toEqual([true, false]);
});
