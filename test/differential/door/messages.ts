/** A message as a client sends it: header, body, or what it takes for them. A character is an octet. */
export interface MessageCase {
  readonly name: string;
  readonly text: string;
  readonly from?: string;
  /** What is ours where it is not what Postfix makes of it; decision 52 says why. */
  readonly ours?: string;
  /** The Postfix from which on it is different; all of them where it is missing. */
  readonly since?: readonly [major: number, minor: number];
}

const added = 'Message-ID: <id>\r\nDate: date\r\nFrom: s@x.test\r\n';
const manyUsers = Array.from({ length: 30 }, (_, number) => `user${number}`);

/** Messages that lack something, or have something in the wrong place. */
export const messages: readonly MessageCase[] = [
  { name: 'no fields but one', text: 'Subject: x\r\n\r\nbody\r\n' },
  { name: 'nothing', text: '' },
  { name: 'a body alone', text: 'hello world\r\nmore\r\n' },
  { name: 'a body with a colon', text: 'hello world: x\r\nmore\r\n' },
  { name: 'a blank first', text: ' hello\r\nSubject: x\r\n' },
  { name: 'a tab first', text: '\thello\r\n' },
  { name: 'an empty line first', text: '\r\nhello\r\n' },
  { name: 'a header alone', text: 'Subject: x\r\n' },
  { name: 'a line that is no field', text: 'Subject: x\r\nno field\r\nFrom: root\r\n\r\nb\r\n' },
  { name: 'a mailbox line', text: 'From root Mon Nov 29\r\nSubject: x\r\n\r\nb\r\n' },
  {
    // Newer ones take the first line alone for a mailbox line, and the next for the body.
    name: 'mailbox lines',
    text: 'From a\r\n>From b\r\n>>From c\r\nSubject: x\r\n\r\nb\r\n',
    ours: `X-Mailbox-Line: From a\r\nX-Mailbox-Line: >From b\r\nX-Mailbox-Line: >>From c\r\nSubject: x\r\n${added}\r\nb\r\n`,
    since: [3, 10],
  },
  { name: 'a mailbox line before a body', text: '>From here\r\nhello\r\n' },
  { name: 'a mailbox line later', text: 'Subject: x\r\nFrom root Mon\r\nTo: y\r\n\r\nb\r\n' },
  {
    // Newer ones take the second line for a part of the first.
    name: 'a mailbox line, then a blank',
    text: 'From root\r\n folded\r\nSubject: x\r\n\r\nb\r\n',
    ours: `X-Mailbox-Line: From root\r\n${added}\r\n folded\r\nSubject: x\r\n\r\nb\r\n`,
    since: [3, 10],
  },
  { name: 'no mailbox line', text: 'from root Mon\r\nSubject: x\r\n\r\nb\r\n' },
  { name: 'all fields', text: 'From: a@b.test\r\nDate: x\r\nMessage-ID: <y@z>\r\n\r\nb\r\n' },
  { name: 'a sender to be quoted', text: 'Subject: x\r\n\r\nb\r\n', from: '<user..n@x.test>' },
  {
    name: 'nobody for a sender',
    text: 'Subject: x\r\n\r\nb\r\n',
    from: '<>',
    ours: 'Subject: x\r\nMessage-ID: <id>\r\nDate: date\r\nFrom: MAILER-DAEMON@origin.test\r\n\r\nb\r\n',
  },
  {
    name: 'a resent message without fields',
    text: 'Resent-To: a@b.test\r\nSubject: x\r\n\r\nb\r\n',
    ours:
      'Resent-To: a@b.test\r\nSubject: x\r\nResent-Message-ID: <id>\r\nResent-Date: date\r\nResent-From: s@x.test\r\n' +
      `${added}\r\nb\r\n`,
  },
  {
    name: 'a resent message',
    text: 'Resent-To: a\r\nResent-From: c@d.test\r\nFrom: e@f.test\r\nDate: x\r\nMessage-ID: <y@z>\r\n\r\nb\r\n',
  },
  {
    name: 'fields to be removed',
    text: 'To: a@b.test\r\nBcc: c@d.test,\r\n e@f.test\r\nSubject: x\r\nbcc: g@h.test\r\nContent-Length: 4\r\nReturn-Path: <q@r.test>\r\nX: y\r\n\r\nb\r\n',
  },
  { name: 'fields to be removed, with a blank', text: 'Bcc : c@d.test\r\nX: y\r\n\r\nb\r\n' },
  { name: 'a blind copy alone', text: 'Bcc: c@d.test\r\n\r\nb\r\n' },
  {
    name: 'addresses without a domain',
    text: 'From: root\r\nTo: a, b@c.test, d\r\nCc: "Joe User" <joe>, Jane <jane@x.test>\r\nSubject: root\r\n\r\nb\r\n',
  },
  { name: 'a comment', text: 'From: root (Cron Daemon)\r\n\r\nb\r\n' },
  {
    name: 'a comment in front',
    text: 'To: (c) joe (d)\r\n\r\nb\r\n',
    ours: `To: (c) joe@origin.test (d)\r\n${added}\r\nb\r\n`,
  },
  {
    name: 'a name without an address',
    text: 'From: Joe User\r\nTo: Joe User, Ann <ann>\r\n\r\nb\r\n',
    ours: 'From: Joe User\r\nTo: Joe User, Ann <ann@origin.test>\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  {
    name: 'groups',
    text: 'To: undisclosed-recipients:;\r\nCc: friends: a, b@x.test, "C D" <c>;\r\nFrom: x\r\n\r\nb\r\n',
  },
  { name: 'empty fields', text: 'From:\r\nTo: \r\nCc: ,\r\nReply-To: <>\r\n\r\nb\r\n' },
  {
    name: 'folded fields',
    text: 'From: root\r\n (the\r\n daemon)\r\nTo: a,\r\n\tb,\r\n  "x y"\r\n <c>\r\n\r\nb\r\n',
    ours:
      'From: root@origin.test\r\n (the\r\n daemon)\r\nTo: a@origin.test,\r\n\tb@origin.test,\r\n  "x y"\r\n <c@origin.test>\r\n' +
      'Message-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  {
    name: 'a field that is long then',
    text: `To: ${manyUsers.join(', ')}\r\n\r\nb\r\n`,
    ours: `To: ${manyUsers.map((user) => `${user}@origin.test`).join(', ')}\r\n${added}\r\nb\r\n`,
  },
  { name: 'quoted local parts', text: 'To: "a b", c@d.test\r\nReply-To: a.b.c\r\n\r\nb\r\n' },
  {
    name: 'quotes that are not needed, and are',
    text: 'To: "c"@d.test, e\r\nSender: user..name\r\n\r\nb\r\n',
    ours: `To: "c"@d.test, e@origin.test\r\nSender: user..name@origin.test\r\n${added}\r\nb\r\n`,
  },
  {
    name: 'a route',
    text: 'To: <@x.test:root>, <@x.test:a@b.test>\r\n\r\nb\r\n',
    ours: `To: <@x.test:root@origin.test>, <@x.test:a@b.test>\r\n${added}\r\nb\r\n`,
  },
  { name: 'a dot at the end', text: 'From: a@b.test.\r\nTo: <c@d.test.>\r\nCc: e@f\r\n\r\nb\r\n' },
  {
    name: 'what named a domain long ago',
    text: 'To: a%b.test, b.test!a\r\n\r\nb\r\n',
    ours: `To: a%b.test, b.test!a\r\n${added}\r\nb\r\n`,
  },
  {
    name: 'all fields with addresses, and some without',
    text: 'Sender: a\r\nReply-To: b\r\nErrors-To: c\r\nReturn-Receipt-To: d\r\nDisposition-Notification-To: e\r\nMail-Followup-To: f\r\nApparently-To: g\r\nDelivered-To: j\r\nX-To: k\r\nList-Post: l\r\nFrom: a@b.test\r\n\r\nb\r\n',
  },
  {
    name: 'all resent fields with addresses',
    text: 'Resent-Sender: h\r\nResent-Reply-To: i\r\nResent-From: j\r\nResent-Cc: k\r\nFrom: a@b.test\r\nDate: x\r\nMessage-ID: y\r\n\r\nb\r\n',
  },
  { name: 'eight bits in a name', text: 'From: J\xfcrgen <juergen>\r\nTo: \xc3\xbc <a>\r\n\r\nb\r\n' },
  {
    name: 'eight bits in an address',
    text: 'To: \xc3\xbc, a\r\n\r\nb\r\n',
    ours: `To: \xc3\xbc, a@origin.test\r\n${added}\r\nb\r\n`,
  },
  { name: 'an encoded name', text: 'From: =?utf-8?q?J=C3=BCrgen?= <root>\r\n\r\nb\r\n' },
  {
    name: 'what is no list of addresses',
    text: 'From: <root\r\nTo: a b> c\r\nCc: ((x)\r\nReply-To: "unclosed\r\nSender: [lit\r\n\r\nb\r\n',
    ours: 'From: <root\r\nTo: a b> c\r\nCc: ((x)\r\nReply-To: "unclosed\r\nSender: [lit\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  {
    name: 'half an address',
    text: 'To: a@, @b.test, a@b@c\r\nCc: @\r\n\r\nb\r\n',
    ours: `To: a@, @b.test, a@b@c\r\nCc: @\r\n${added}\r\nb\r\n`,
  },
  {
    name: 'semicolons',
    text: 'To: a;b;c\r\n\r\nb\r\n',
    ours: `To: a@origin.test;b@origin.test;c@origin.test\r\n${added}\r\nb\r\n`,
  },
  {
    name: 'a backslash',
    text: 'From: a\\b\r\nTo: "a\\"b" <c>\r\n\r\nb\r\n',
    ours: 'From: a\\b\r\nTo: "a\\"b" <c@origin.test>\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  {
    name: 'an address literal',
    text: 'From: a@[192.0.2.1]\r\nTo: [x]\r\n\r\nb\r\n',
    ours: 'From: a@[192.0.2.1]\r\nTo: [x]\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  { name: 'fields twice', text: 'From: a\r\nFrom: b\r\nTo: c\r\nTo: d\r\n\r\nb\r\n' },
  {
    name: 'blanks about',
    text: 'From:root\r\nTo :  a\r\nCc:\ta\t,\tb\t\r\n\r\nb\r\n',
    ours: 'From:root@origin.test\r\nTo :  a@origin.test\r\nCc:\ta@origin.test\t,\tb@origin.test\t\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  {
    name: 'an initial',
    text: 'From: J. Random User <root>\r\nTo: a.b. <c>\r\n\r\nb\r\n',
    ours: 'From: J. Random User <root@origin.test>\r\nTo: a.b. <c@origin.test>\r\nMessage-ID: <id>\r\nDate: date\r\n\r\nb\r\n',
  },
  { name: 'LF and stray CR', text: 'Subject: x\n\nbo\rdy\r\n..\nz\n' },
  { name: 'a CR before CRLF', text: 'Subject: x\n\nz\r\r\n', ours: `Subject: x\r\n${added}\r\nz \r\n` },
  { name: 'a dot in front after LF', text: 'Subject: x\n\n..x\n.y\n' },
  {
    name: 'NUL',
    text: 'Subject: x\r\n\r\na\0b\r\n',
    ours: `Subject: x\r\n${added}\r\na b\r\n`,
  },
  { name: 'eight bits in the body', text: 'Subject: x\r\n\r\nJ\xfcrgen \x80\r\n' },
];
