import { describe, expect, test } from 'vitest';
import { fileOf, importText, untakenOf } from '../../../test/support/import-kit.ts';

const master = `smtp unix - - y - - smtp
relay unix - - y - - smtp
error unix - - y - - error
retry unix - - y - - error
local unix - n n - - local
discard unix - - y - - discard
wrapped unix - - y - - smtp -o smtp_tls_wrappermode=yes -o smtp_tls_security_level=encrypt
open unix - - y - - smtp -o smtp_tls_security_level=none
strict unix - - y - - smtp -o smtp_tls_security_level=secure
`;

function importTable(table: string, main = 'smtp_tls_security_level = may\n') {
  const imported = importText(`${main}transport_maps = hash:/t\n`, { master, files: { '/t': table } });
  return {
    table: fileOf(imported, 'delivery.transport_maps'),
    policies: fileOf(imported, 'tls.policy_maps'),
    untaken: untakenOf(imported).filter((line) => line.includes('/t:') || line.includes(' of service ')),
  };
}

test.each([
  ['a.example smtp:[b.example]:26', 'a.example smtp:[b.example]:26\n'],
  ['a.example relay:', 'a.example smtp:\n'],
  ['a.example :[b.example]', 'a.example :[b.example]\n'],
  ['a.example :', 'a.example :\n'],
  ['U@a.example smtp:b.example c.example', 'U@a.example smtp:b.example, c.example\n'],
  ['.a.example error:5.1.1 no such user', '.a.example error:5.1.1 no such user\n'],
  ['a.example error:4.1.1 later', 'a.example error:later\n'],
  ['* retry:closed', '* retry:closed\n'],
  ['a.example wrapped:[b.example]:465', 'a.example smtps:[b.example]:465\n'],
])('%s', (line, wanted) => {
  expect(importTable(`${line}\n`).table).toBe(wanted);
});

describe('takeTransportTable()', () => {
  test('mail for a transport without an equivalent waits', () => {
    for (const transport of ['local:', 'discard:', 'missing:[b.example]', 'smtp:un fit!:x']) {
      const { table, untaken } = importTable(`a.example ${transport}\n`);
      expect(table).toBe('a.example retry:4.3.0 not taken over from Postfix\n');
      expect(untaken).toEqual([
        expect.stringMatching(/^effect: transport_maps: \/t:1, a\.example: .*mail for it waits$/),
      ]);
    }
  });

  test('leaves out what is never looked up', () => {
    const { table, untaken } = importTable('@a.example smtp:\n<> smtp:\nb.example smtp:\n');
    expect(table).toBe('b.example smtp:\n');
    expect(untaken).toEqual([
      expect.stringContaining('/t:1, @a.example; /t:2, <>: nothing is ever looked up under it'),
    ]);
  });

  test('the level of a service is a policy for where it sends', () => {
    const text = 'a.example strict:[b.example]\n.c.example strict:\nd.example open:[e.example]\n';
    expect(importTable(text).policies).toBe('[b.example] secure\n.c.example secure\n[e.example] none\n');
  });

  test('and never lowers what other mail has there', () => {
    const { policies, untaken } = importTable('a.example open:\n* strict:\n');
    expect(policies).toBeUndefined();
    expect(untaken).toEqual([
      expect.stringMatching(
        /^effect: smtp_tls_security_level: level none of service "open" cannot be said of "a\.example"/,
      ),
      expect.stringMatching(
        /^protection: smtp_tls_security_level: level secure of service "strict" cannot be said of "\*"/,
      ),
    ]);
    const shared = importTable(
      'a.example open:[hub.example]\n',
      'relayhost = [hub.example]\nsmtp_tls_security_level = may\n',
    );
    expect(shared.policies).toBeUndefined();
  });

  test('an entry of the policy map comes before the level of a service', () => {
    const imported = importText(
      'smtp_tls_security_level = may\ntransport_maps = hash:/t\nsmtp_tls_policy_maps = hash:/p\n',
      { master, files: { '/t': 'a.example strict:[b.example]\n', '/p': '[b.example] encrypt\n' } },
    );
    expect(fileOf(imported, 'tls.policy_maps')).toBe('[b.example] encrypt\n');
  });

  test('a static: table stands behind whole addresses alone', () => {
    const imported = importText('transport_maps = hash:/t static:smtp:[b.example]\n', {
      master,
      files: { '/t': 'u@a.example smtp:[c.example]\na.example smtp:[d.example]\n' },
    });
    expect(fileOf(imported, 'delivery.transport_maps')).toBe(
      'u@a.example smtp:[c.example]\n* smtp:[b.example]\n',
    );
  });
});
