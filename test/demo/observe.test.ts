import { describe, expect, test } from 'vitest';
import type { LabMessage } from '../lab/mail-host.ts';
import type { Session } from '../lab/mail-session.ts';
import { hostReport, loggedOutcome } from './observe.ts';

const lines = [
  'r/smtp[1]: Anonymous TLS connection established to mx.other.test[127.0.0.2]:25: TLSv1.2 with cipher X',
  'r/smtp[1]: Verified TLS connection established to mx.a.test[127.0.0.1]:25: TLSv1.3 with cipher X',
  'r/smtp[1]: Q1: to=<user@a.test>, relay=mx.a.test[127.0.0.1]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)',
  'r/smtp[1]: Untrusted TLS connection established to mx.a.test[127.0.0.1]:25: TLSv1.3 with cipher X',
  'r/smtp[1]: Q2: to=<user@b.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.7.5, status=deferred (status=sent)',
];

describe('loggedOutcome()', () => {
  test('takes the TLS word from the last line about the same relay before the verdict', () => {
    expect(loggedOutcome(lines, 'user@a.test')).toEqual({
      text: 'sent 2.0.0 Verified',
      authenticated: true,
    });
  });

  test('knows a verdict without TLS', () => {
    expect(loggedOutcome(lines, 'user@b.test')).toEqual({ text: 'deferred 4.7.5 -', authenticated: false });
  });

  test('is undefined without a verdict', () => {
    expect(loggedOutcome(lines, 'user@c.test')).toBeUndefined();
  });
});

describe('hostReport()', () => {
  test('finds no mail in a session that ends before MAIL', () => {
    const host = { messages: [], sessions: [session({ plaintextCommands: ['EHLO x', 'STARTTLS'] })] };
    expect(hostReport(host, 'user@a.test', false)).toEqual({
      mails: 0,
      clearBytes: 0,
      unauthenticatedBytes: 0,
    });
  });

  test('counts commands and content outside TLS, whoever the host is', () => {
    const plaintextCommands = ['EHLO x', 'MAIL FROM:<>', 'RCPT TO:<user@a.test>', 'DATA'];
    const host = { messages: [message('user@a.test', false)], sessions: [session({ plaintextCommands })] };
    expect(hostReport(host, 'user@a.test', true)).toEqual({
      mails: 1,
      clearBytes: 12 + 21 + 4 + 100,
      unauthenticatedBytes: 0,
    });
  });

  test('counts what came inside TLS unless the host was authenticated', () => {
    const host = { messages: [], sessions: [session({ tlsBytes: 6, tlsCommands: ['QUIT'] })] };
    expect(hostReport(host, 'user@a.test', false).unauthenticatedBytes).toBe(6);
    expect(hostReport(host, 'user@a.test', true).unauthenticatedBytes).toBe(0);
  });

  test('leaves out the mail of others at the same host', () => {
    const tlsCommands = ['RCPT TO:<user@b.test>'];
    const host = {
      messages: [message('user@b.test', true)],
      sessions: [session({ tlsBytes: 300, tlsCommands })],
    };
    expect(hostReport(host, 'user@a.test', false)).toEqual({
      mails: 0,
      clearBytes: 0,
      unauthenticatedBytes: 0,
    });
  });

  test('counts the content where a host keeps no record of its sessions', () => {
    const host = { messages: [message('user@a.test', true)], sessions: [] };
    expect(hostReport(host, 'user@a.test', false).unauthenticatedBytes).toBe(100);
  });
});

function session(facts: Partial<Session>): Session {
  return {
    remoteAddress: '127.0.0.1',
    openedAt: 0,
    plaintextCommands: [],
    tls: 'established',
    tlsBytes: 0,
    tlsCommands: [],
    end: 'QUIT',
    ...facts,
  };
}

function message(recipient: string, tls: boolean): LabMessage {
  const content = { data: Buffer.alloc(0), sizeBytes: 100, sha256: '' };
  return { ...content, sender: '', recipients: [recipient], tls, receivedAt: 0 };
}
