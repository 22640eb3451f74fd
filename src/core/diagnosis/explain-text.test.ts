import { describe, expect, it } from 'vitest';
import type { KeptAttempt, KeptFailure } from '../mail/kept.ts';
import { lengthText, listText } from './clock.ts';
import { diagnose } from './diagnose.ts';
import { explainLines } from './explain-text.ts';
import { letter } from './letter.ts';
import type { DestinationView, MessageView, RuleView, WaitingView } from './view.ts';

const clock = { now: 1_000_000, time: (at: number) => `[${at}]` };
const frame = { schema: 1, at: 1_000_000, live: true } as const;
const policy: RuleView = {
  level: 'dane',
  rule: 'FILE line 3, .test',
  nextHop: 'x.test',
  nextHopRule: 'the domain of the recipient',
};
const attempt: KeptAttempt = {
  at: 5,
  queueId: 'Q',
  destination: 'x.test',
  count: 1,
  sender: '',
  arrivedAt: 1,
  size: 10,
  messageId: '',
  results: [{ state: 'deferred', dsn: '4.7.5', reason: 'Server certificate not verified', to: ['a@x.test'] }],
  hosts: [
    { at: 4, host: 'mx[1]:25', step: 'certificate', dsn: '4.7.5', reason: 'Server certificate not verified' },
  ],
  policy: { level: 'may', rule: 'tls.level', via: 'relayhost' },
  dns: 'MX signed',
};
const last = {
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
  tlsFault: { kind: 'certificate', host: 'mx', level: 'dane', mismatch: 'no matching record' },
} as const;
const waiting: WaitingView = {
  destination: 'x.test',
  state: 'deferred',
  recipients: ['a@x.test'],
  attempts: 1,
  nextAt: 2_000_000,
  last,
  diagnosis: diagnose(last, 'x.test'),
  policy,
};
const failure: KeptFailure = {
  at: 5,
  dns: Array.from({ length: 20 }, (_, index) => `n${index}. IN TLSA ? ; AD=0 ServFail`),
  dnsLeftOut: 3,
  certificates: [
    {
      host: 'mx[1]:25',
      published: ['3 1 1 aa'],
      certificate: 'cc',
      key: 'bb',
      notBefore: 0,
      notAfter: Number.NaN,
    },
  ],
  session: Array.from({ length: 50 }, (_, index) => `line ${index}`),
};
const message: MessageView = {
  ...frame,
  kind: 'message',
  queueId: 'Q',
  message: { sender: '', arrivedAt: 1, size: 10, messageId: '', recipients: 1 },
  waiting: [waiting],
  attempts: [attempt],
  failures: [{ destination: 'x.test', failure }],
  givenUpAt: 3_000_000,
};

describe('explainLines(): a message', () => {
  it('waits: why, what to do, the policy now and the one of the last attempt, the evidence', () => {
    const lines = explainLines(message, clock);
    expect(lines.slice(0, 12)).toEqual([
      'Q: from <> (a report), taken [1], 10 octets',
      'a@x.test: waiting since [1] (17 min), tried once, next try [2000000], given up [3000000]',
      '  why: mx shows a key that none of its signed TLSA records names. Either somebody is in the middle, or a key was changed without its record.',
      '  the log said: Server certificate not verified',
      '  what to do: tell postmaster@x.test (dane-relay explain --letter x.test)',
      '  what to do: dane-relay check x.test',
      '  policy: dane, from FILE line 3, .test; next hop x.test, from the domain of the recipient',
      '  [4] mx[1]:25: TLS made, certificate refused before any mail was sent: Server certificate not verified',
      '  DNS at the last attempt: MX signed',
      '  policy at the last attempt: may, from tls.level; next hop from relayhost',
      '  mx[1]:25 published 3 1 1 aa',
      '  mx[1]:25 showed key sha256 bb',
    ]);
    expect(lines).toContain('    certificate sha256 cc, from 1970-01-01 until an impossible date');
    expect(lines).toContain('    (7 more)');
    expect(lines).toContain('    (10 lines before: --json)');
    expect(lines.at(-1)).toBe('    line 49');
  });

  it.each([
    ['hold', /^a@x\.test: on hold since .* once you release it \(dane-relay queue release Q\)$/],
    ['held', /^a@x\.test: held since .* sent only if you say so \(dane-relay queue release Q\)$/],
    ['active', /^a@x\.test: being tried now, /],
    ['queued', /^a@x\.test: waiting /],
  ] as const)('%s', (state, words) => {
    const [, line] = explainLines({ ...message, waiting: [{ ...waiting, state }] }, clock);
    expect(line).toMatch(words);
  });

  it.each([
    ['delivered', 'a@x.test: delivered [5] to mx[1]:25, in clear'],
    ['bounced', 'a@x.test: returned to the sender [5]'],
    ['expired', 'a@x.test: given up [5] after 1 attempt'],
    ['held', 'a@x.test: held [5], because it may have arrived'],
    ['deferred', 'a@x.test: deferred [5] at attempt 1'],
  ] as const)('that is gone: %s', (state, words) => {
    const [result] = attempt.results;
    if (result === undefined) throw new Error('no result');
    const over = { ...attempt, results: [{ ...result, state, relay: 'mx[1]:25' }] };
    const { message: _, ...rest } = message;
    const lines = explainLines({ ...rest, waiting: [], attempts: [over] }, clock);
    expect(lines[1]).toBe(words);
    const isOpen = state === 'deferred' || state === 'held';
    expect(lines.at(-1)).toMatch(isOpen ? /it was deleted/ : /^It is no longer in the queue\.$/);
  });

  it('what others have written is harmless', () => {
    const nasty = { ...attempt, messageId: '<\u001B[2J>' };
    expect(explainLines({ ...message, message: { ...nasty, recipients: 1 } }, clock).join('')).not.toContain(
      '\u001B',
    );
  });
});

const destination: DestinationView = {
  ...frame,
  kind: 'destination',
  destination: 'x.test',
  policy,
  resolver: { validating: false, reason: 'probe failed', since: 400_000 },
  route: { kind: 'wait', reason: 'DNSSEC validation is unavailable' },
  limits: { concurrency: 20, recipients: 50, rateDelayMs: 0 },
  waiting: {
    messages: 41,
    lookedAt: 40,
    oldestAt: 880_000,
    nextAt: 1,
    postponed: 'DNSSEC validation is unavailable',
    reasons: [{ messages: 40, state: 'queued' }],
  },
  attempts: [],
};

it('explainLines(): a message that was moved says so at both sides', () => {
  const base = { ...frame, kind: 'message', queueId: 'Q', waiting: [], failures: [] } as const;
  const move = { ...attempt, results: [], hosts: [], destination: '' };
  const here = explainLines(
    { ...base, attempts: [attempt, { ...move, at: 9, moved: { to: 'there' } }] },
    clock,
  );
  expect(here).toContain('moved to the queue there [9]');
  expect(here.at(-1)).toBe(
    'It is no longer in this queue: "dane-relay explain" of the relay there tells the rest.',
  );
  expect(here.join('\n')).toContain('Server certificate not verified');
  const there = explainLines(
    { ...base, waiting: [waiting], attempts: [{ ...move, moved: { from: 'here' } }] },
    clock,
  );
  expect(there).toContain('moved here from the queue here [5]');
});

it('explainLines(): watched TLSA records, of a destination and of a message', () => {
  const watched = { names: ['_25._tcp.mx'], since: 7, nextAt: 1_500_000, changedAt: 9 };
  const lines = [
    '  the TLSA records of _25._tcp.mx are watched since [7], the DNS is asked next [1500000]; they changed [9], and it was tried at once',
    '  when they change, or a delivery finds a certificate that they name, it goes at once',
  ];
  const ofMessage = explainLines({ ...message, waiting: [{ ...waiting, watched }] }, clock);
  expect(ofMessage.slice(4, 6)).toEqual(lines);
  const waits = { messages: 1, lookedAt: 1, reasons: [], watched };
  expect(explainLines({ ...destination, waiting: waits }, clock).slice(1, 3)).toEqual(lines);
});

it('explainLines(): a destination while the resolver does not validate', () => {
  expect(explainLines(destination, clock)).toEqual([
    'x.test: 41 messages wait, the oldest for 2 min, due now',
    '  due and not tried: DNSSEC validation is unavailable',
    '  40 queued',
    '  (of the 40 that are due first)',
    'The resolver of this relay has not validated since [400000] (10 min): probe failed',
    'Mail at the levels dane and dane-only waits; no host is asked, and nothing is given up because of it. It goes on by itself.',
    'policy: dane, from FILE line 3, .test; next hop x.test, from the domain of the recipient',
    'route: not looked for: DNSSEC validation is unavailable',
    'limits: 20 deliveries at a time, nothing under way now, 50 recipients in one',
  ]);
});

describe('letter()', () => {
  it('has what was published and shown, what the DNS said, and a wish', () => {
    const lines = letter(message, 'relay.test') ?? [];
    expect(lines.slice(0, 2)).toEqual([
      'To: postmaster@x.test',
      'Subject: mail for x.test cannot be delivered: TLSA mismatch',
    ]);
    expect(lines).toContain(
      'A message for x.test waits at our mail relay relay.test since 1970-01-01T00:00Z:',
    );
    expect(lines).toContain('  mx[1]:25 published 3 1 1 aa');
    expect(lines.join('\n')).toContain('Please publish a TLSA record of the key');
  });

  it.each([
    ['a@[192.0.2.1]', 'postmaster@[192.0.2.1]'],
    ['a@[IPv6:2001:db8::1]', 'postmaster@[IPv6:2001:db8::1]'],
  ])('about mail for %s is addressed to %s', (recipient, to) => {
    const [first] =
      letter({ ...message, waiting: [{ ...waiting, recipients: [recipient] }] }, 'relay.test') ?? [];
    expect(first).toBe(`To: ${to}`);
  });

  it('is not written about what its reader could not mend', () => {
    const ours = { ...waiting, diagnosis: diagnose({ dsn: '4.7.8', reason: 'r' }, 'x.test') };
    expect(letter({ ...message, waiting: [ours] }, 'relay.test')).toBeUndefined();
    expect(letter(destination, 'relay.test')).toBeUndefined();
  });
});

it.each([
  [0, '0 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 days'],
  [-5, '0 s'],
])('lengthText(%d): %s', (ms, words) => {
  expect(lengthText(ms)).toBe(words);
});

it('listText(): some of them, and how many more', () => {
  expect(listText(['a', 'b', 'c', 'd'], 5)).toBe('a, b, c and 6 more');
  expect(listText(['a'])).toBe('a');
});
