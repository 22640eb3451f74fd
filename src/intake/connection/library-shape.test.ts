import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import { expect, test } from 'vitest';
import { shapeFaults } from '../../../test/support/smtp-server/members.ts';

test('smtp-server has every member that is used here, in the shape in which it is used', () => {
  expect(shapeFaults({ SMTPServer, SMTPConnection, SMTPStream })).toEqual([]);
});
