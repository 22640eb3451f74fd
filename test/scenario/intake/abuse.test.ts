import { expect, describe, test } from 'vitest';
import { runIntake } from './running-intake.ts';

const mail = ['EHLO app', 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>'];

describe('a client that lets us wait', () => {
  // What a client does within its time must take less on a busy machine, too.
  const slow = { timeoutMs: 1_500, minDataRateBytes: 1000 };

  test.each<[string, readonly string[], string]>([
    ['before its first command', [], 'timeout after CONNECT'],
    ['octet by octet in a command', ['E', 'H', 'L', 'O', ' '], 'timeout after CONNECT'],
    ['between commands', ['EHLO app\r\n'], 'timeout after EHLO'],
  ])('%s is sent away', async (_, octets, line) => {
    await using intake = await runIntake(slow);
    const client = await intake.client();
    expect(await client.reply()).toMatch(/^220/);
    let next = 0;
    const drip = setInterval(() => client.write(octets[next++] ?? (octets.length > 1 ? 'x' : '')), 50);
    let last = '';
    for (let reply = await client.reply(); reply !== 'closed'; reply = await client.reply()) last = reply;
    clearInterval(drip);
    expect(last).toBe('421 4.4.2 relay.example Error: timeout exceeded');
    expect(intake.lines().some((text) => text.startsWith(line))).toBe(true);
  });

  test('octet by octet in a message is sent away, and nothing is kept of it', async () => {
    await using intake = await runIntake(slow);
    const client = await intake.client();
    await client.toData();
    const drip = setInterval(() => client.write('x'), 20);
    expect(await client.reply()).toBe('421 4.4.2 relay.example Error: timeout exceeded');
    clearInterval(drip);
    expect(intake.lines().some((text) => /^timeout after DATA \([1-9]\d* bytes\)/.test(text))).toBe(true);
    expect(intake.stored).toEqual([]);
  });

  test('but makes the rate is served', async () => {
    await using intake = await runIntake({ timeoutMs: 2_000, minDataRateBytes: 50 });
    const client = await intake.client();
    await client.toData();
    // Longer than the timeout on the whole.
    for (let times = 0; times < 10; times += 1) {
      client.write(`${'x'.repeat(98)}\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(await client.say('.')).toMatch(/^250 2\.0\.0/);
  });

  test('and is idle makes room when all connections are in use', async () => {
    await using intake = await runIntake({ clientLimit: 2, stressTimeoutMs: 200 });
    const first = await intake.client();
    expect(await first.reply()).toMatch(/^220/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await first.say('NOOP')).toMatch(/^250/);
    const second = await intake.client();
    expect(await second.reply()).toMatch(/^220/);
    expect(await first.reply()).toMatch(/^421 4\.4\.2/);
  });
});

describe('what clients have open at the same time', () => {
  test('takes no more memory than it may: further recipients are refused, until others are done', async () => {
    await using intake = await runIntake({ memoryLimitBytes: 40_000, recipientLimit: 1000 });
    const clients = await Promise.all([intake.client(), intake.client(), intake.client()]);
    let taken = 0;
    for (const client of clients) {
      await client.reply();
      await client.talk('EHLO app', 'MAIL FROM:<s@x.example>');
      for (let nth = 0; nth < 60; nth += 1) {
        const reply = await client.say(`RCPT TO:<recipient${nth}@some.example>`);
        if (reply.startsWith('250')) taken += 1;
        else expect(reply).toBe('452 4.3.1 Insufficient system storage');
      }
    }
    // A recipient is about 400 octets.
    expect(taken).toBeGreaterThan(80);
    expect(taken).toBeLessThan(120);
    expect(intake.lines().filter((line) => line.startsWith('what clients have open takes'))).toHaveLength(1);
    const [first, , third] = clients;
    first?.socket.destroy();
    for (let reply = ''; !reply.startsWith('250');) reply = (await third?.say('RCPT TO:<a@b.example>')) ?? '';
    expect(await third?.say('DATA')).toMatch(/^354/);
    expect(await third?.say('Subject: x\r\n\r\ntext\r\n.')).toMatch(/^250/);
  });

  test('nor do contents on their way: what finds no room is refused at its end', async () => {
    let store = (): void => {};
    const stored = new Promise<void>((resolve) => (store = resolve));
    await using intake = await runIntake(
      { memoryLimitBytes: 300_000 },
      {
        // A queue that takes its time.
        accept: async (submission) => {
          await stored;
          for await (const _ of submission.content);
          return submission.message();
        },
      },
    );
    const content = `Subject: x\r\n\r\n${`${'x'.repeat(78)}\r\n`.repeat(1500)}.\r\n`;
    const clients = await Promise.all(Array.from({ length: 6 }, () => intake.client()));
    for (const client of clients) {
      await client.toData();
      client.write(content);
    }
    const refused = intake.lines().filter((line) => line.includes('452 4.3.1'));
    store();
    const replies = await Promise.all(clients.map((client) => client.reply()));
    expect(replies.filter((reply) => reply.startsWith('250')).length).toBeGreaterThan(0);
    expect(
      replies.filter((reply) => reply === '452 4.3.1 Insufficient system storage').length,
    ).toBeGreaterThan(1);
    expect(refused.length).toBeLessThanOrEqual(replies.length);
    // All of it is given back.
    const next = await intake.client();
    await next.toData();
    next.write(content);
    expect(await next.reply()).toMatch(/^250/);
  });
});

describe('what is no SMTP', () => {
  const clientHello = Buffer.from('16030100c8010000c40303', 'hex');
  test.each<[string, Buffer | string]>([
    ['a ClientHello', Buffer.concat([clientHello, Buffer.alloc(189, 0xab)])],
    ['HTTP', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\nMAIL FROM:<a@x.example>\r\n'],
    ['HTTP without a version', 'GET /\r\n'],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['a line that begins with no letter', '{"jsonrpc":"2.0"}\r\n'],
    ['a chunk', 'BDAT 30 LAST\r\nMAIL FROM:<a@x.example>\r\n'],
    ['NUL', '\0'],
  ])('%s is sent away at once', async (_, octets) => {
    await using intake = await runIntake();
    const client = await intake.client();
    await client.reply();
    client.write(octets);
    const replies = [await client.reply()];
    for (let reply = await client.reply(); reply !== 'closed'; reply = await client.reply())
      replies.push(reply);
    if (replies[0]?.startsWith('500')) expect(replies[0]).toContain('not recognized');
    else expect(replies).toEqual(['421 4.7.0 relay.example Error: this is SMTP']);
    expect(intake.stored).toEqual([]);
    expect(intake.lines().some((text) => text.includes('MAIL FROM'))).toBe(false);
  });
});

describe('a client that does not wait for its turn', () => {
  test.each(['EHLO app\r\nMAIL FROM:<a@x.example>\r\n', 'NOOP\r\nNOOP\r\n', 'HELO a\r\nQUIT\r\n'])(
    '%j is sent away',
    async (octets) => {
      await using intake = await runIntake();
      const client = await intake.client();
      await client.reply();
      client.write(octets);
      expect(await client.reply()).toBe('554 5.5.0 Error: SMTP protocol synchronization');
      await client.closed();
      expect(intake.lines().some((text) => text.startsWith('improper command pipelining after'))).toBe(true);
    },
  );

  test('with its content is sent away, and nothing is kept', async () => {
    await using intake = await runIntake();
    const client = await intake.client();
    await client.reply();
    await client.say('EHLO app');
    client.write('MAIL FROM:<s@x.example>\r\nRCPT TO:<r@y.example>\r\nDATA\r\nx\r\n.\r\n');
    expect(await client.reply()).toMatch(/^250/);
    expect(await client.reply()).toMatch(/^250/);
    expect(await client.reply()).toMatch(/^554 5\.5\.0/);
    await client.closed();
    expect(intake.stored).toEqual([]);
  });

  test('is served if the operator wants it so', async () => {
    await using intake = await runIntake({ forbidUnauthPipelining: false });
    const client = await intake.client();
    await client.reply();
    client.write(
      'EHLO app\r\nMAIL FROM:<s@x.example>\r\nRCPT TO:<r@y.example>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n',
    );
    await client.closed();
    expect(intake.stored).toHaveLength(1);
  });
});

describe('limits', () => {
  test('connections and connection rate of one address, not of another', async () => {
    await using intake = await runIntake({
      networks: ['127.0.0.0/8'],
      clientConnectionCountLimit: 2,
      clientConnectionRateLimit: 4,
      clientEventLimitExceptions: ['127.0.0.3/32'],
    });
    const clients = [await intake.client(), await intake.client()];
    for (const client of clients) expect(await client.reply()).toMatch(/^220/);
    const third = await intake.client();
    expect(await third.reply()).toBe('421 4.7.0 relay.example Error: too many connections from 127.0.0.1');
    expect(intake.lines()).toContain(
      'Connection concurrency limit exceeded: 3 from localhost[127.0.0.1] for service smtpd',
    );
    expect(await (await intake.client('127.0.0.2')).reply()).toMatch(/^220/);
    for (let times = 0; times < 6; times += 1)
      expect(await (await intake.client('127.0.0.3')).reply()).toMatch(/^220/);
    for (const client of [...clients, third]) client.socket.destroy();
    await expect.poll(() => intake.lines().filter((text) => text.startsWith('disconnect')).length).toBe(3);
    expect(await (await intake.client()).reply()).toMatch(/^220/);
    expect(await (await intake.client()).reply()).toMatch(/^421/);
    expect(intake.lines().some((text) => text.startsWith('Connection rate limit exceeded: 5 from'))).toBe(
      true,
    );
  });

  test('strangers, who may not relay, cannot take the places of those who may', async () => {
    await using intake = await runIntake({ clientLimit: 20 });
    const strangers = [];
    for (let times = 0; times < 2; times += 1) strangers.push(await intake.client(`127.0.0.${10 + times}`));
    for (const stranger of strangers) expect(await stranger.reply()).toMatch(/^220/);
    expect(await (await intake.client('127.0.0.20')).reply()).toMatch(/^421 4\.7\.0/);
    expect(await (await intake.client()).reply()).toMatch(/^220/);
  });

  test('errors: late answers first, then none; junk counts', async () => {
    await using intake = await runIntake({
      softErrorLimit: 2,
      hardErrorLimit: 5,
      errorSleepTimeMs: 100,
      junkCommandLimit: 3,
    });
    const client = await intake.client();
    await client.reply();
    await client.say('EHLO app');
    const started = Date.now();
    for (let times = 0; times < 3; times += 1) expect(await client.say('FOO')).toMatch(/^500/);
    expect(await client.say('FOO')).toMatch(/^500/);
    expect(Date.now() - started).toBeGreaterThanOrEqual(99);
    expect(await client.say('FOO')).toMatch(/^500/);
    expect(await client.say('FOO')).toBe('421 4.7.0 relay.example Error: too many errors');
    const bored = await intake.client();
    await bored.reply();
    let replies = 0;
    while ((await bored.say('NOOP')).startsWith('250')) replies += 1;
    expect(replies).toBe(8);
  });

  test('a header has a limit of its own', async () => {
    await using intake = await runIntake({ headerLimitBytes: 1000 });
    const client = await intake.client();
    await client.toData();
    expect(
      await client.say(`${'X-Long: 0123456789012345678901234567890123456789\r\n'.repeat(30)}\r\nbody\r\n.`),
    ).toBe('552 5.3.4 Error: message header too big');
    await client.talk(...mail.slice(1), 'DATA');
    expect(await client.say(`Subject: x\r\n\r\n${'x'.repeat(2000)}\r\n.`)).toMatch(/^250/);
  });

  test('recipients far beyond the limit are errors', async () => {
    await using intake = await runIntake({
      recipientLimit: 1,
      recipientOvershootLimit: 3,
      hardErrorLimit: 2,
    });
    const client = await intake.client();
    await client.reply();
    await client.talk(...mail);
    for (let n = 0; n < 5; n += 1) expect(await client.say(`RCPT TO:<r${n}@y.example>`)).toMatch(/^452/);
    expect(await client.say('RCPT TO:<last@y.example>')).toMatch(/^421/);
  });
});

test('a client that reads no replies is not read either', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.talk(...mail);
  client.socket.pause();
  const total = 40_000_000;
  const command = 'RCPT TO:<r@y.example>\r\n';
  client.write(command.repeat(total / command.length));
  let taken = -1;
  await expect
    .poll(
      () => {
        const before = taken;
        taken = client.socket.bytesWritten - client.socket.writableLength;
        return taken === before && taken > 0;
      },
      { interval: 300 },
    )
    .toBe(true);
  // Replies of 14 octets for commands of 23: the buffers of the system hold some, we hold none.
  expect(client.socket.writableLength).toBeGreaterThan(total / 2);
});

test('a line with a bare CR or LF, or NUL, is not obeyed, and the log says why', async () => {
  await using intake = await runIntake({ bareNewline: 'reject' });
  const client = await intake.client();
  await client.reply();
  await client.say('EHLO app');
  client.write('MAIL FROM:<s@x.example>\n');
  const bareLf = '550 5.5.2 Error: bare <LF> received, commands end with <CR><LF>';
  expect(await client.reply()).toBe(bareLf);
  client.write('MAIL FROM:<s@x.example>\rRCPT TO:<r@y.example>\r\n');
  expect(await client.reply()).toBe('550 5.5.2 Error: bare <CR> received, commands end with <CR><LF>');
  client.write('MAIL FROM:<s@x.example>\0\r\n');
  expect(await client.reply()).toBe('550 5.6.0 Error: NUL octet received');
  expect(await client.say('RCPT TO:<r@y.example>')).toBe('503 5.5.1 Error: need MAIL command');
  expect(intake.lines()).toContain(
    `NOQUEUE: reject: MAIL from localhost[127.0.0.1]: ${bareLf}; proto=ESMTP helo=<app>`,
  );
});

test('a stranger that ends its lines as a file does is told why, and so is the log', async () => {
  await using intake = await runIntake();
  const client = await intake.client('127.0.0.9');
  await client.reply();
  client.write('ehlo app\nquit\n');
  const said = [await client.reply(), await client.reply()];
  expect(new Set(said)).toEqual(new Set(['550 5.5.2 Error: bare <LF> received, commands end with <CR><LF>']));
  client.socket.destroy();
  await expect
    .poll(() => intake.lines().at(-1))
    .toMatch(/^disconnect from .* ehlo=0\/1 quit=0\/1 commands=0\/2$/);
  expect(
    intake.lines().filter((line) => /reject: (?:EHLO|QUIT) from .*bare <LF> received/.test(line)),
  ).toHaveLength(2);
  expect(intake.lines()).toContain('lost connection after QUIT from localhost[127.0.0.9]');
});

test('a client that may relay may end its lines as a file does; the log says once that it did', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  client.write('ehlo app\n');
  expect(await client.reply()).toMatch(/^250-/);
  client.write('MAIL FROM:<s@x.example>\nRCPT TO:<r@y.example>\r\r\nDATA\n');
  expect([await client.reply(), await client.reply()]).toEqual(['250 2.1.0 Ok', '250 2.1.5 Ok']);
  expect(await client.reply()).toMatch(/^354/);
  client.write('Date: x\nMessage-ID: <m@x.example>\nFrom: a\0b@c.example\n\n..\na\rb\n\r\n.\r\n');
  expect(await client.reply()).toBe('250 2.0.0 Ok: queued as Q1');
  client.write('MAIL FROM:<s\0@x.example>\n');
  expect(await client.reply()).toBe('550 5.6.0 Error: NUL octet received');
  client.write('quit\n');
  expect(await client.reply()).toBe('221 2.0.0 Bye');
  client.socket.end();
  await expect
    .poll(() => intake.lines().at(-1))
    .toBe(
      'disconnect from localhost[127.0.0.1] ehlo=1 mail=1/2 rcpt=1 data=1 quit=1 commands=5/6 notes=bare_lf,bare_cr,nul',
    );
  expect(intake.stored[0]?.content).toMatch(/\r\nFrom: a b@c\.example\r\n\r\n\.\r\na b\r\n\r\n$/);
});

test('a client that takes LF.LF for the end of its message hears what is wrong, if late', async () => {
  await using intake = await runIntake({ timeoutMs: 50, stressTimeoutMs: 50 });
  const client = await intake.client();
  await client.toData();
  client.write('hello\n.\n');
  const reply = '550 5.5.2 Error: ambiguous end of message: a lone dot beside a bare <LF>';
  expect(await client.reply()).toBe(reply);
  expect(await client.reply()).toBe('closed');
  expect(intake.lines()).toContain('timeout after DATA (7 bytes) from localhost[127.0.0.1]');
  expect(intake.lines()).toContain(
    `Q1: reject: DATA from localhost[127.0.0.1]: ${reply}; from=<s@x.example> proto=ESMTP helo=<client.example>`,
  );
  expect(intake.stored).toEqual([]);
});

test('of 5 MB of dots no line waits for a turn of the event loop', async () => {
  await using intake = await runIntake({ messageSizeLimitBytes: 10_000_000 });
  const client = await intake.client();
  await client.toData();
  const lines = 5_000_000 / 4;
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  turn();
  client.write('..\r\n'.repeat(lines));
  expect(await client.say('.')).toMatch(/^250/);
  isOver = true;
  expect(turns).toBeLessThan(lines / 10);
});
