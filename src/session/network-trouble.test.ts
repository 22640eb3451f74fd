import { describe, expect, test } from 'vitest';
import { connectTrouble, handshakeErrorTexts, networkErrorText } from './network-trouble.ts';

function systemError(code: string, message = `connect ${code} 192.0.2.1:25`): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, syscall: 'connect' });
}

test.each([
  ['ECONNREFUSED', 'Connection refused'],
  ['ETIMEDOUT', 'Connection timed out'],
  ['EHOSTUNREACH', 'No route to host'],
  ['ENETUNREACH', 'Network is unreachable'],
  ['ECONNRESET', 'Connection reset by peer'],
])('networkErrorText(): %s is %s', (code, text) => {
  expect(networkErrorText(systemError(code))).toBe(text);
});

test('networkErrorText(): takes the words of the system for what it does not know, else the message in one line', () => {
  expect(networkErrorText(Object.assign(new Error('x'), { code: 'ENOTSOCK', errno: -88 }))).toBe(
    'socket operation on non-socket',
  );
  expect(networkErrorText(new Error('some\r\nthing\0'))).toBe('some thing?');
});

test('connectTrouble(): names the address; there was no session, so no relay', () => {
  const peer = { host: 'mx.example', address: '2001:db8::1', port: 25 };
  expect(connectTrouble(peer, 'Connection refused')).toEqual({
    outcome: 'deferred',
    dsn: '4.4.1',
    reason: 'connect to mx.example[2001:db8::1]:25: Connection refused',
    scope: 'host',
  });
});

describe('handshakeErrorTexts()', () => {
  test('words the library error without its memory addresses and source files', () => {
    const message =
      '80DC8166AC7F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:350:\n';
    expect(
      handshakeErrorTexts(Object.assign(new Error(message), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })),
    ).toEqual({
      reason: '-1',
      library: 'error:0A00010B:SSL routines::wrong version number',
    });
  });

  test('tells a connection that was closed from one that was reset', () => {
    const closed = Object.assign(new Error('Client network socket disconnected'), { code: 'ECONNRESET' });
    expect(handshakeErrorTexts(closed)).toEqual({ reason: 'lost connection' });
    expect(handshakeErrorTexts(systemError('ECONNRESET', 'read ECONNRESET'))).toEqual({
      reason: 'Connection reset by peer',
    });
  });
});
