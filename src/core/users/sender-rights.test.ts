import { expect, test } from 'vitest';
import { judgeSender, readSenderRights, senderRules, type SenderRule } from './sender-rights.ts';

const rights = readSenderRights(
  `
# who may send as whom
alice@example.org   alice, Boss
@example.org        web
info                alice
nobody@example.org
carol@bücher.example carol
"dave."@example.org dave
`,
  'logins',
);
const judge = (rules: readonly SenderRule[], sender: string, user?: string) =>
  judgeSender(rules, rights, { sender, user }, (domain) => domain === 'relay.test');

test('readSenderRights(): what makes no sense is told', () => {
  expect(rights.problems).toEqual([]);
  expect(readSenderRights(' a b\n@a@b c\nx@y u\nX@Y v\n@ u\n', 'f').problems).toEqual([
    'f:1: "a": nothing before it that it could continue',
    'f:2: "@a@b": neither an address nor a domain with "@" before it',
    'f:4: "X@Y": duplicate entry, the first one counts',
    'f:5: "@": neither an address nor a domain with "@" before it',
  ]);
});

const notOwned = (sender: string, user: string) =>
  `553 5.7.1 <${sender}>: Sender address rejected: not owned by user ${user}`;
const notLoggedIn = (sender: string) => `553 5.7.1 <${sender}>: Sender address rejected: not logged in`;
const [mismatch, authenticated, known, unauthenticated] = senderRules;

test.each<[SenderRule, string, string | undefined, string | undefined]>([
  [mismatch, 'alice@example.org', 'alice', undefined],
  [mismatch, 'Alice@Example.ORG', 'ALICE', undefined],
  [mismatch, 'alice+list@example.org', 'boss', undefined],
  [mismatch, 'alice@example.org', 'web', notOwned('alice@example.org', 'web')],
  [mismatch, 'else@example.org', 'web', undefined],
  [mismatch, 'else@example.org', 'alice', notOwned('else@example.org', 'alice')],
  [mismatch, 'info@relay.test', 'alice', undefined],
  [mismatch, 'info@other.test', 'alice', notOwned('info@other.test', 'alice')],
  [mismatch, 'nobody@example.org', 'web', notOwned('nobody@example.org', 'web')],
  [mismatch, 'x@other.test', 'alice', notOwned('x@other.test', 'alice')],
  [mismatch, 'alice@example.org', undefined, notLoggedIn('alice@example.org')],
  [mismatch, 'x@other.test', undefined, undefined],
  [mismatch, '', 'alice', undefined],
  [authenticated, 'x@other.test', 'alice', notOwned('x@other.test', 'alice')],
  [authenticated, 'alice@example.org', undefined, undefined],
  [mismatch, '"alice"@example.org', 'web', notOwned('"alice"@example.org', 'web')],
  [mismatch, '"al\\ice+x"@example.org', 'web', notOwned('"al\\ice+x"@example.org', 'web')],
  [mismatch, '"dave."@example.org', 'dave', undefined],
  [mismatch, 'carol@xn--bcher-kva.example', 'carol', undefined],
  [known, 'carol@xn--bcher-kva.example', 'web', notOwned('carol@xn--bcher-kva.example', 'web')],
  [known, 'x@other.test', 'alice', undefined],
  [known, 'alice@example.org', 'web', notOwned('alice@example.org', 'web')],
  [known, 'alice@example.org', undefined, notLoggedIn('alice@example.org')],
  [unauthenticated, 'alice@example.org', undefined, notLoggedIn('alice@example.org')],
  [unauthenticated, 'alice@example.org', 'web', undefined],
])('%s: <%s> of %s', (rule, sender, user, reply) => {
  expect(judge([rule], sender, user)).toBe(reply);
});

test('without a rule everybody is everybody', () => {
  expect(judge([], 'alice@example.org')).toBeUndefined();
});

test('two rules together', () => {
  expect(judge([unauthenticated, known], 'x@other.test', 'alice')).toBeUndefined();
  expect(judge([authenticated, unauthenticated], 'alice@example.org')).toBe(notLoggedIn('alice@example.org'));
});
