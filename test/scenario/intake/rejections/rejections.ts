import {
  atEnd,
  atMail,
  atRcpt,
  ehlo,
  inMail,
  inOrder,
  inRcpt,
  listening,
  local,
  mail,
  rcpt,
  said,
  stranger,
  type Rejections,
} from './rejection.ts';
import { tlsAndLogins } from './tls-and-logins.ts';

class Full extends Error {
  readonly code = 'QUEUE_FULL';
}
class Away extends Error {
  readonly code = 'QUEUE_UNAVAILABLE';
}

export const rejections: readonly Rejections[] = [
  {
    title: 'Connections',
    rows: [
      {
        situation: 'a client has more connections than `intake.client_connection_count_limit`',
        options: { clientConnectionCountLimit: 1 },
        others: 1,
        reply: '421 4.7.0 relay.example Error: too many connections from 127.0.0.1',
        line: `NOQUEUE: reject: CONNECT from ${local}: 421 4.7.0 relay.example Error: too many connections from 127.0.0.1`,
        closes: true,
      },
      {
        situation: 'a client connects more often than `intake.client_connection_rate_limit` allows',
        options: { clientConnectionRateLimit: 1 },
        others: 1,
        reply: '421 4.7.0 relay.example Error: too many connections from 127.0.0.1',
        line: `Connection rate limit exceeded: 2 from ${local} for service smtpd`,
        closes: true,
      },
      {
        situation:
          'there are more connections than `intake.client_limit`, or more than a tenth of it are of clients that may not relay',
        options: { clientLimit: 1 },
        others: 1,
        reply: '421 4.7.0 relay.example Error: too many connections',
        line: `NOQUEUE: reject: CONNECT from ${local}: 421 4.7.0 relay.example Error: too many connections`,
        closes: true,
      },
      {
        situation: 'a client has made `intake.hard_error_limit` errors since its last message',
        options: { hardErrorLimit: 2 },
        before: [ehlo, 'FOO', 'FOO'],
        said: 'NOOP',
        reply: '421 4.7.0 relay.example Error: too many errors',
        closes: true,
      },
      {
        situation: 'something else than SMTP is spoken: a browser, TLS without STARTTLS',
        before: [],
        said: 'GET / HTTP/1.1',
        reply: '421 4.7.0 relay.example Error: this is SMTP',
        line: `non-SMTP command from ${local}: GET / HTTP/1.1`,
        closes: true,
      },
      {
        situation:
          'a client does not wait for the reply to HELO, EHLO, DATA, NOOP or VRFY (`intake.forbid_unauth_pipelining`)',
        before: [],
        said: 'EHLO app\r\nMAIL FROM:<s@x.example>',
        reply: '554 5.5.0 Error: SMTP protocol synchronization',
        line: `improper command pipelining after EHLO from ${local}`,
        closes: true,
      },
    ],
  },
  {
    title: 'Those who speak for others',
    rows: [
      {
        situation: 'somebody who is none of `proxy_peers` connects to a listener that has some',
        options: listening({ proxyPeers: () => false }),
        reply: '421 4.7.0 relay.example Error: connections here come through a proxy',
        line: 'NOQUEUE: reject: CONNECT from unknown[127.0.0.1]: 421 4.7.0 relay.example Error: connections here come through a proxy',
        closes: true,
      },
      {
        situation:
          'a balancer begins without a PROXY header that can be read within `intake.upstream_proxy_timeout`',
        options: { ...listening({ proxyPeers: () => true }), upstreamProxyTimeoutMs: 100 },
        reply: '421 4.7.0 relay.example Error: a PROXY header is expected here',
        line: 'PROXY protocol: no header in time from unknown[127.0.0.1]',
        closes: true,
      },
      inOrder(
        'XCLIENT or XFORWARD by somebody who is none of `xclient_peers`',
        [ehlo],
        'XCLIENT ADDR=192.0.2.1',
        '550 5.7.0 Error: insufficient authorization',
      ),
      {
        ...inOrder(
          'XCLIENT or XFORWARD in a transaction',
          mail,
          'XCLIENT ADDR=192.0.2.1',
          '503 5.5.1 Error: MAIL transaction in progress',
        ),
        options: listening({ xclientPeers: () => true }),
      },
      {
        ...inOrder(
          'XCLIENT or XFORWARD with what cannot be read',
          [ehlo],
          'XFORWARD ADDR=localhost',
          '501 5.5.4 Bad ADDR syntax: localhost',
        ),
        options: listening({ xclientPeers: () => true }),
      },
    ],
  },
  {
    title: 'Commands',
    rows: [
      inOrder('an unknown command', [ehlo], 'FOO', '500 5.5.2 Error: command not recognized'),
      inOrder(
        'a command that is not offered here, such as ETRN, EXPN, HELP or STARTTLS',
        [ehlo],
        'ETRN x.example',
        '502 5.5.1 Error: command not implemented',
      ),
      inOrder('mail before EHLO', [], 'MAIL FROM:<s@x.example>', '503 5.5.1 Error: send HELO/EHLO first'),
      inOrder('EHLO without a name', [], 'EHLO', '501 Syntax: EHLO hostname'),
      inOrder(
        'MAIL within a transaction',
        mail,
        'MAIL FROM:<s@x.example>',
        '503 5.5.1 Error: nested MAIL command',
      ),
      inOrder('RCPT without MAIL', [ehlo], 'RCPT TO:<r@y.example>', '503 5.5.1 Error: need MAIL command'),
      inOrder('DATA without RCPT', [ehlo], 'DATA', '503 5.5.1 Error: need RCPT command'),
      inOrder('DATA with a parameter', rcpt, 'DATA now', '501 5.5.4 Syntax: DATA'),
      {
        situation: 'DATA after every recipient was refused',
        before: [...mail, 'RCPT TO:<>'],
        said: 'DATA',
        reply: '554 5.5.1 Error: no valid recipients',
        line: `NOQUEUE: reject: DATA from ${local}: 554 5.5.1 Error: no valid recipients; ${inMail} ${said}`,
      },
    ],
  },
  ...tlsAndLogins,
  {
    title: 'Senders (MAIL FROM)',
    rows: [
      atMail('no address', '<a b>', '501 5.1.7 Bad sender address syntax'),
      atMail(
        'an address without a domain, which is not completed: `intake.append_origin = "none"`, or the client may not relay',
        '<root>',
        '553 5.1.7 <root>: Sender address rejected: need fully-qualified address',
      ),
      atMail(
        'an address outside ASCII without SMTPUTF8',
        '<jürgen@x.example>',
        '553 5.6.7 Must declare SMTPUTF8 to send unicode address',
      ),
      atMail(
        'a parameter that is not known',
        '<s@x.example> FOO=bar',
        '555 5.5.4 Unsupported option: FOO=bar',
      ),
      atMail(
        'REQUIRETLS before STARTTLS (RFC 8689)',
        '<s@x.example> REQUIRETLS',
        '530 5.7.10 Error: REQUIRETLS needs TLS: STARTTLS comes first',
        { options: listening({ tls: 'starttls' }) },
      ),
      atMail(
        'REQUIRETLS on a listener without TLS, or while `intake.requiretls_enable` is false',
        '<s@x.example> REQUIRETLS',
        '555 5.5.4 Unsupported option: REQUIRETLS',
      ),
      atMail('a parameter twice', '<s@x.example> SIZE=1 SIZE=1', '501 5.5.4 Error: duplicate SIZE parameter'),
      atMail(
        'RET that is neither FULL nor HDRS',
        '<s@x.example> RET=X',
        '501 5.5.4 Bad RET parameter syntax',
      ),
      atMail('a size that is no number', '<s@x.example> SIZE=x', '501 5.5.4 Bad message size syntax'),
      atMail(
        'a size above `intake.message_size_limit`',
        '<s@x.example> SIZE=1000001',
        '552 5.3.4 Message size exceeds fixed limit',
      ),
      atMail(
        'more messages than `intake.client_message_rate_limit`',
        '<s@x.example>',
        '450 4.7.1 Error: too much mail from 127.0.0.1',
        { options: { clientMessageRateLimit: 1 }, before: [...mail, 'RSET'] },
      ),
      atMail(
        'more messages of a sender domain than `intake.sender_domain_message_rate_limit` (`intake.user_message_rate_limit` likewise)',
        '<s@x.example>',
        '450 4.7.1 Error: too much mail from x.example',
        { options: { senderDomainMessageRateLimit: 1 }, before: [...mail, 'RSET'] },
      ),
      atMail('Redis or the disk is full', '<s@x.example>', '452 4.3.1 Insufficient system storage', {
        ports: { storeRefusal: () => new Full('full') },
      }),
      atMail('Redis is away', '<s@x.example>', '451 4.3.0 Error: queue file write error', {
        ports: { storeRefusal: () => new Away('away') },
      }),
    ],
  },
  {
    title: 'Recipients (RCPT TO)',
    rows: [
      atRcpt('a client that may not relay', '<r@y.example>', '554 5.7.1 <r@y.example>: Relay access denied', {
        stranger: true,
        line: `NOQUEUE: reject: RCPT from ${stranger}: 554 5.7.1 <r@y.example>: Relay access denied; ${inRcpt} ${said}`,
      }),
      atRcpt('no address', '<a b>', '501 5.1.3 Bad recipient address syntax'),
      atRcpt(
        'an address without a domain, which is not completed',
        '<user>',
        '550 5.1.3 <user>: Recipient address rejected: need fully-qualified address',
      ),
      atRcpt(
        'an address outside ASCII without SMTPUTF8',
        '<jürgen@x.example>',
        '553 5.6.7 Must declare SMTPUTF8 to send unicode address',
      ),
      atRcpt('a parameter that is not known', '<r@y.example> FOO', '555 5.5.4 Unsupported option: FOO'),
      atRcpt(
        'a NOTIFY that is none',
        '<r@y.example> NOTIFY=X',
        '501 5.5.4 Error: Bad NOTIFY parameter syntax',
      ),
      atRcpt('an ORCPT that is none', '<r@y.example> ORCPT=x', '501 5.5.4 Error: Bad ORCPT parameter syntax'),
      atRcpt(
        'more recipients in a transaction than `intake.recipient_limit`',
        '<b@y.example>',
        '452 4.5.3 Error: too many recipients',
        {
          options: { recipientLimit: 1 },
          before: rcpt,
          line: `Q1: reject: RCPT from ${local}: 452 4.5.3 Error: too many recipients; ${inMail} to=<b@y.example> ${said}`,
        },
      ),
      atRcpt(
        'more recipients than `intake.client_recipient_rate_limit`',
        '<b@y.example>',
        '450 4.7.1 Error: too many recipients from 127.0.0.1',
        {
          options: { clientRecipientRateLimit: 1 },
          before: rcpt,
          line: `Q1: reject: RCPT from ${local}: 450 4.7.1 Error: too many recipients from 127.0.0.1; ${inMail} to=<b@y.example> ${said}`,
        },
      ),
      atRcpt(
        'an alias of `intake.virtual_alias_maps` that leads to too many addresses, or round in a circle for too long',
        '<r@y.example>',
        '451 4.6.0 <r@y.example>: Alias expansion error',
        {
          ports: { rewriting: { canonicalSender: (address) => address, expand: () => 'endless' } },
          line: `NOQUEUE: reject: RCPT from ${local}: 451 4.6.0 <r@y.example>: Alias expansion error; ${inRcpt} ${said}`,
        },
      ),
      atRcpt(
        'all that clients have open takes `intake.memory_limit`',
        '<r@y.example>',
        '452 4.3.1 Insufficient system storage',
        {
          options: { memoryLimitBytes: 10 },
          line: `NOQUEUE: reject: RCPT from ${local}: 452 4.3.1 Insufficient system storage; ${inRcpt} ${said}`,
        },
      ),
    ],
  },
  {
    title: 'Content (after DATA)',
    rows: [
      atEnd(
        'more octets than `intake.message_size_limit`',
        'Subject: x\r\n\r\ntoo long\r\n.',
        '552 5.3.4 Error: message file too big',
        { options: { messageSizeLimitBytes: 10 } },
      ),
      atEnd(
        'a header of more octets than `intake.header_limit`',
        'Subject: too long\r\n\r\n.',
        '552 5.3.4 Error: message header too big',
        { options: { headerLimitBytes: 10 } },
      ),
      atEnd(
        'more Received fields than `intake.hopcount_limit`',
        'Received: a\r\nReceived: b\r\n\r\n.',
        '554 5.4.0 Error: too many hops',
        { options: { hopcountLimit: 2 } },
      ),
      atEnd(
        'a line that ends with LF alone, under `intake.bare_newline = "reject"` or from a client that may not relay',
        'Subject: x\n\r\n.',
        '550 5.5.2 Error: bare <LF> received',
        { options: { bareNewline: 'reject' } },
      ),
      atEnd('a CR within a line, likewise', 'Subject: x\ry\r\n\r\n.', '550 5.5.2 Error: bare <CR> received', {
        options: { bareNewline: 'reject' },
      }),
      atEnd('a NUL, likewise', 'Subject: x\0\r\n\r\n.', '550 5.6.0 Error: NUL octet received', {
        options: { bareNewline: 'reject' },
      }),
      atEnd(
        'a lone dot beside a line end that is LF alone',
        'Subject: x\n.\nMAIL FROM:<other@x.example>\r\n.',
        '550 5.5.2 Error: ambiguous end of message: a lone dot beside a bare <LF>',
      ),
      atEnd(
        'the disk fills up while a message arrives',
        'Subject: x\r\n\r\n.',
        '452 4.3.1 Insufficient system storage',
        {
          ports: { accept: () => Promise.reject(new Full('full')) },
        },
      ),
      atEnd(
        'Redis goes away while a message arrives',
        'Subject: x\r\n\r\n.',
        '451 4.3.0 Error: queue file write error',
        {
          ports: { accept: () => Promise.reject(new Away('away')) },
        },
      ),
      atEnd('a mistake of our own', 'Subject: x\r\n\r\n.', '451 4.3.0 Error: internal error', {
        ports: { accept: () => Promise.reject(new Error('a bug')) },
      }),
    ],
  },
];
