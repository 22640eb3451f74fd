import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { questionNames, type Answers, type MachineFacts } from './answers.ts';
import { putQuestions } from './put-questions.ts';
import { questions } from './questions.ts';
import { listensOf, overlap, settingsText } from './settings-text.ts';
import { nextSteps, recordLines } from './what-follows.ts';

const facts: MachineFacts = {
  hostname: 'relay.example.org',
  publicAddress: '192.0.2.10',
  ownAddress: '192.0.2.10',
  addresses: ['127.0.0.1', '192.0.2.10'],
};
const places = { day: '2026-11-30', dataDir: '/var/lib/dane-relay', usersFile: '/etc/dane-relay/users' };

/** Puts the questions to somebody who types these lines; what is missing is Enter. */
async function put(typed: Readonly<Record<string, readonly string[]>>, about = facts) {
  const shown: string[] = [];
  const left = Object.fromEntries(Object.entries(typed).map(([prompt, lines]) => [prompt, [...lines]]));
  const dialogue = {
    ask(question: string): Promise<string | undefined> {
      shown.push(question);
      const name = questionNames.find((one) => question.startsWith(questions[one].prompt)) ?? '';
      return Promise.resolve(left[name]?.shift() ?? '');
    },
  };
  const answers = await putQuestions({
    facts: about,
    dialogue,
    show: (line) => shown.push(line),
    answered: async () => {},
  });
  return { answers: answers as Answers, shown };
}

/** As the operator does who has made certificate and users. */
function withoutComments(text: string): string {
  return text.replaceAll(/^#(?! )/gm, '');
}

function configOf(text: string) {
  return loadConfig({ file: { name: 'relay.toml', text }, env: {}, sets: [] });
}

describe('the defaults', () => {
  it('make a file that says no more than the name', async () => {
    const { answers } = await put({});
    const text = settingsText(answers, facts, places);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'hostname = "relay.example.org"',
    ]);
    expect(text).toContain('#listen = ["127.0.0.1:2525"]\n');
    expect(configOf(text)).toEqual(configOf('hostname = "relay.example.org"'));
    expect({ ...configOf(withoutComments(text)), listeners: [] }).toEqual({
      ...configOf(text),
      listeners: [],
    });
  });

  it('are the same where nobody is asked', async () => {
    const { answers } = await put({});
    const shown: string[] = [];
    const taken = await putQuestions({ facts, show: (line) => shown.push(line), answered: async () => {} });
    expect(taken).toEqual(answers);
    expect(shown).toContain('Domains that send: example.org');
    expect(shown).toContain('Sign (yes or no): yes');
  });

  it('leave the name to a system that has none', async () => {
    const nameless = { hostname: '', publicAddress: '', ownAddress: '', addresses: [] };
    const { answers } = await put({}, nameless);
    const text = settingsText(answers, nameless, places);
    expect(text).toContain('\n#hostname = ""\n');
    expect(recordLines(answers)).toEqual([]);
    configOf(text);
  });
});

describe('answers', () => {
  it.each([
    ['hostname', 'relay', 'a name with its domain'],
    ['hostname', 'a_b.example.org', 'a host name'],
    ['address', '192.0.2', 'an IP address'],
    ['server', 'qmail', 'one of none, postfix'],
    ['clients', '192.0.2.0/33', 'blocks of addresses'],
    ['clients', '192.0.2.1, 0.0.0.0/0', 'an open relay'],
    ['login', 'maybe', 'yes or no'],
    ['domains', 'example.org nodomain', 'domains such as'],
    ['sign', 'x', 'yes or no'],
    ['probe', 'no domain', 'a domain such as'],
    ['relayhost', '[mail', '"[host]"'],
    ['hostname', 'x'.repeat(2_000), '1000 characters'],
  ])('to %s: %s is asked again', async (name, wrong, wanted) => {
    const { answers, shown } = await put({ [name]: [wrong, ''] });
    expect(shown.join(' ').replaceAll(/\s+/g, ' ')).toContain(wanted);
    expect(answers).toEqual((await put({})).answers);
  });

  it('that are all given are all in the file', async () => {
    const { answers, shown } = await put({
      hostname: ['Out.Example.NET'],
      address: ['198.51.100.7'],
      server: ['exim'],
      clients: ['192.0.2.20, 2001:db8::/64'],
      listen: ['', '192.0.2.10:2525 192.0.2.10:2525', '192.0.2.10:2525'],
      login: ['y'],
      loginListen: ['192.0.2.10:2525', '0.0.0.0:2525', '192.0.2.10:587'],
      domains: ['example.net, Bücher.example'],
      sign: ['YES'],
      relayhost: ['[mail.example.com]:587'],
    });
    const text = settingsText(answers, facts, places);
    const config = configOf(text);
    expect(config.hostname).toBe('out.example.net');
    expect(config.listeners.map(({ address }) => address)).toMatchObject([
      { host: '127.0.0.1', port: 2525 },
      { host: '127.0.0.9', port: 2525 },
      { host: '192.0.2.10', port: 2525 },
    ]);
    expect(config.networks).toHaveLength(4);
    expect(config.delivery.proxyInterfaces).toEqual(['198.51.100.7']);
    expect(config.delivery.relayhost).toBeTruthy();
    expect(shown.join('\n')).toContain('clients that do not log in come in at 192.0.2.10:2525');
    const whole = configOf(withoutComments(text));
    expect(whole.listeners).toHaveLength(4);
    expect(whole.listeners[3]).toMatchObject({
      name: 'submission',
      tls: 'starttls',
      tlsRequired: true,
      auth: 'require',
      certificates: [{ certificate: '/var/lib/dane-relay/tls/relay.crt' }],
    });
    expect(whole.intake.users).toBe('/etc/dane-relay/users');
    expect(recordLines(answers)).toEqual([
      'out.example.net. IN A 198.51.100.7',
      '; The provider of 198.51.100.7 sets its reverse name (PTR) to out.example.net.',
      ...['example.net', 'xn--bcher-kva.example'].flatMap((domain) => [
        `; The SPF record of ${domain} must name what its mail comes from, which is [mail.example.com]:587.`,
        `_dmarc.${domain}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@${domain}"`,
      ]),
      '; DKIM: "dane-relay dkim create example.net xn--bcher-kva.example" prints the records.',
      '; TLSA of the listener with TLS: "dane-relay certificate show" prints them.',
    ]);
    expect(nextSteps(answers, { file: '/tmp/x.toml', usersFile: '/tmp/users', isFound: false })).toEqual([
      'dane-relay check-config --config /tmp/x.toml',
      'dane-relay dkim create --config /tmp/x.toml example.net xn--bcher-kva.example',
      'dane-relay certificate create --config /tmp/x.toml',
      'dane-relay user add --config /tmp/x.toml --set intake.users=/tmp/users NAME',
      'take the "#" off the lines for logins in /tmp/x.toml',
      'dane-relay run --config /tmp/x.toml',
      'Exim: a satellite, with the smarthost 192.0.2.10::2525 (docs/clients.md)',
    ]);
    // An installation has left a file, which stays.
    const settings = '/etc/dane-relay/relay.toml';
    const beside = { file: `${settings}.new`, usersFile: '/etc/dane-relay/users', isFound: false };
    expect(nextSteps(answers, { ...beside, insteadOf: settings }).slice(0, -1)).toEqual([
      `dane-relay check-config --config ${settings}.new`,
      `mv ${settings}.new ${settings}`,
      'dane-relay dkim create example.net xn--bcher-kva.example',
      'dane-relay certificate create',
      'dane-relay user add --set intake.users=/etc/dane-relay/users NAME',
      `take the "#" off the lines for logins in ${settings}`,
      'systemctl restart dane-relay (without a service: dane-relay run)',
    ]);
  });

  it('of any kind make a file that a relay starts with', async () => {
    const words = [
      '',
      'none',
      'yes',
      'no',
      'y',
      'postfix',
      'exim',
      'sendmail',
      '127.0.0.1:2525',
      '0.0.0.0:2525',
      '[::]:2525',
      '192.0.2.0/24',
      '::1',
      '10.0.0.1',
      '[::1]:25',
      ':25',
      'a.b',
      'x@y.z',
      '[h.example]:587',
      '"',
      "'",
      '\\',
      '\n',
      '\u0000',
      '\u202e',
      '#',
      '"]\nlisten = []',
      'ü.example',
      '-a.b',
      '999.1.1.1',
      'unix:/x',
      'localhost:0',
      '%',
    ];
    let seed = 11;
    const below = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const seen = new Set<string>();
    for (let round = 0; round < 400; round += 1) {
      const typed = Object.fromEntries(
        questionNames.map((name) => [
          name,
          Array.from({ length: below(4) }, () =>
            Array.from({ length: 1 + below(2) }, () => words[below(words.length)]).join(' '),
          ),
        ]),
      );
      const { answers, shown } = await put(typed);
      const text = settingsText(answers, facts, places);
      for (const candidate of [text, withoutComments(text)]) configOf(candidate);
      const comments = text.split('\n').filter((line) => line.startsWith('# '));
      expect(Math.max(...comments.map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(shown.filter((line) => /[\p{Cc}\u202e]/u.test(line))).toEqual([]);
      for (const name of questionNames) seen.add(`${name}=${answers[name]}`);
    }
    // Most of what is right came through.
    for (const one of [
      'server=exim',
      'login=yes',
      'relayhost=[h.example]:587',
      'domains=a.b',
      'clients=10.0.0.1',
    ])
      expect(seen).toContain(one);
  });
});

describe('listensOf()', () => {
  it.each([
    [{ server: 'none', listen: '' }, ['127.0.0.1:2525']],
    [{ server: 'exim', listen: '' }, ['127.0.0.1:2525', '127.0.0.9:2525']],
    [{ server: 'exim', listen: '0.0.0.0:2525' }, ['0.0.0.0:2525']],
    [{ server: 'none', listen: '[::]:25 192.0.2.1:2525' }, ['127.0.0.1:2525', '[::]:25', '192.0.2.1:2525']],
  ])('%j', (answers, listens) => {
    expect(listensOf(answers)).toEqual(listens);
  });

  it('knows what is in the way of what', () => {
    expect(overlap('0.0.0.0:25', '192.0.2.1:25')).toBe(true);
    expect(overlap('[::]:25', '192.0.2.1:25')).toBe(true);
    expect(overlap('192.0.2.1:25', '192.0.2.1:26')).toBe(false);
    expect(overlap('192.0.2.1:25', '192.0.2.2:25')).toBe(false);
  });
});
