import { expect, test } from 'vitest';
import type { Envelope } from '../mail/message.ts';
import { expandedRecipients, rewrittenEnvelope } from './envelope.ts';

const envelope: Envelope = {
  sender: 'root@relay.example',
  senderWritten: 'root@Relay.Example',
  recipients: [{ address: 'a@example.org' }],
  body: '8BITMIME',
  smtpUtf8: false,
};
const same = (address: string): string => address;

test('what a recipient stands for has its parameters, and says whom the client has named', () => {
  const recipient = { address: 'all@example.org', notify: ['FAILURE'], orcpt: 'rfc822;x@y.example' } as const;
  expect(expandedRecipients(recipient, () => ['a@example.org', 'all@example.org'])).toEqual([
    {
      address: 'a@example.org',
      original: 'all@example.org',
      notify: ['FAILURE'],
      orcpt: 'rfc822;x@y.example',
    },
    recipient,
  ]);
  expect(
    expandedRecipients({ address: 'xn--a@b.example', written: 'ä@b.example' }, () => ['c@d.example']),
  ).toEqual([{ address: 'c@d.example', original: 'ä@b.example' }]);
  expect(expandedRecipients(recipient, () => 'endless')).toBe('endless');
});

test('the canonical sender takes the place of the one that was written', () => {
  const rewritten = rewrittenEnvelope(envelope, { canonicalSender: () => 'it@example.org', alwaysBcc: '' });
  expect(rewritten).toEqual({ ...envelope, sender: 'it@example.org', senderWritten: undefined });
  expect(rewrittenEnvelope(envelope, { canonicalSender: same, alwaysBcc: '' })).toEqual(envelope);
});

test('copies go to their recipient once, and are not reported', () => {
  const rules = { canonicalSender: same, alwaysBcc: 'archive@example.org' };
  const copied = rewrittenEnvelope(envelope, rules);
  expect(copied.recipients).toEqual([
    { address: 'a@example.org' },
    { address: 'archive@example.org', notify: ['NEVER'] },
  ]);
  expect(rewrittenEnvelope(copied, rules).recipients).toEqual(copied.recipients);
});

test('an address outside ASCII asks for SMTPUTF8', () => {
  const recipients = [{ address: 'bücher@example.org', original: 'books@example.org' }];
  const rules = { canonicalSender: same, alwaysBcc: '' };
  expect(rewrittenEnvelope({ ...envelope, recipients }, rules).smtpUtf8).toBe(true);
});
