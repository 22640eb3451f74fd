import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Returning } from '../../../src/intake/returning.ts';
import type { Accept } from '../../../src/intake/submission.ts';
import { openDrop } from '../../../src/maildrop/drop.ts';
import { ring } from '../../../src/maildrop/ring.ts';
import { belongings } from '../../support/belongings.ts';
import { unless } from '../../support/unless.ts';
import { callSendmail, makeSpool, type Spool } from './spool-kit.ts';

const keep = belongings();
const notRoot = process.getuid?.() === 0 ? undefined : 'only root can be another user';
const asRoot = unless(notRoot, it);

/** A spool that a relay has made, which does not run now. */
async function emptySpool(): Promise<Spool> {
  const spool = keep(await makeSpool());
  await (await spool.serve()).stop();
  return spool;
}

/** Leaves messages with subjects while no relay runs. */
async function leave(spool: Spool, ...subjects: readonly string[]): Promise<void> {
  for (const subject of subjects) {
    const drop = await openDrop(spool.places.directory);
    await drop.write(Buffer.from(`Subject: ${subject}\r\n\r\n`));
    await drop.complete({
      sender: 'a@x.test',
      fullName: '',
      recipients: [{ address: 'b@x.test' }],
      body: '7BIT',
    });
    await drop.keep();
  }
}

const files = ({ places }: Spool): readonly string[] => readdirSync(places.directory);
const subjects = ({ taken }: Spool): readonly string[] =>
  taken.map(({ content }) => /^Subject: (.*)\r$/m.exec(content)?.[1] ?? '').toSorted();

describe('while no relay runs', () => {
  it('a message is kept, with 0, and taken when one starts', async () => {
    const spool = await emptySpool();
    expect(await callSendmail(spool.directory, ['-t'], 'To: b@x.test\nSubject: s\n\nx\n')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const [name = ''] = files(spool);
    expect(name).toMatch(/^\w{25}$/);
    const { mode, uid } = statSync(join(spool.places.directory, name));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()]);
    await spool.serve();
    await until(() => spool.taken.length === 1);
    await until(() => spool.forgotten.includes(name));
    expect(files(spool)).toEqual([]);
  });

  it('messages that come while one runs are taken without being asked for', async () => {
    const spool = keep(await makeSpool());
    await spool.serve();
    await leave(spool, 'one', 'two');
    await until(() => spool.taken.length === 2);
    expect(subjects(spool)).toEqual(['one', 'two']);
  });

  it('a relay that cannot take it now takes it later', async () => {
    const spool = keep(await makeSpool());
    let isAway = true;
    const pickUp = async ({ name }: { readonly name: string }): Promise<string> => {
      if (isAway) return '451 4.3.0 Error: queue file write error';
      taken.push(name);
      return '250 2.0.0 Ok';
    };
    const taken: string[] = [];
    await spool.serve({ pickUp });
    expect((await callSendmail(spool.directory, ['b@x.test'], 'x\n')).code).toBe(0);
    expect(taken).toEqual([]);
    isAway = false;
    await leave(spool, 'next');
    await until(() => taken.length === 2);
    await until(() => files(spool).length === 0);
  });

  it('messages that are refused for a time, again and again, do not stand before the others', async () => {
    const spool = await emptySpool();
    await leave(spool, ...Array.from({ length: 12 }, (_, index) => `loop ${index}`));
    const poison = new Set(files(spool));
    await leave(spool, 'good');
    let now = Date.now();
    const taken: string[] = [];
    const asked: string[] = [];
    const pickUp = async (dropped: { readonly name: string }): Promise<string> => {
      asked.push(dropped.name);
      if (poison.has(dropped.name)) return '451 4.6.0 <b@x.test>: Alias expansion error';
      taken.push(dropped.name);
      return '250 2.0.0 Ok';
    };
    await spool.serve({ pickUp, now: () => now });
    await until(() => asked.length >= 3 || taken.length === 1);
    // Each sweep gets further.
    for (let sweep = 0; sweep < 5; sweep += 1) {
      writeFileSync(join(spool.places.directory, 'wake'), String(sweep));
      await until(() => asked.length >= Math.min(3 * (sweep + 1), poison.size) || taken.length === 1);
    }
    await until(() => taken.length === 1);
    const before = asked.length;
    expect(before).toBeLessThanOrEqual(poison.size + 1);
    now += 5_000;
    writeFileSync(join(spool.places.directory, 'wake'), 'later');
    await until(() => asked.length > before);
  });

  it('others get their turn while the recipients of a large one are read', async () => {
    const spool = await emptySpool();
    const drop = await openDrop(spool.places.directory);
    await drop.write(Buffer.from('Subject: many\r\n\r\n'));
    const recipients = Array.from({ length: 10_000 }, (_, index) => ({ address: `b${index}@x.test` }));
    await drop.complete({ sender: 'a@x.test', fullName: '', recipients, body: '7BIT' });
    await drop.keep();
    await spool.serve();
    let turns = 0;
    while (spool.taken.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (spool.lines().some((line) => line.startsWith('pickup: Q'))) turns += 1;
    }
    expect(spool.taken[0]?.submission.envelope.recipients.length).toBe(10_000);
    expect(turns).toBeGreaterThan(40);
  });

  it('one that cannot be removed stays known as taken, and is not taken twice', async () => {
    const spool = await emptySpool();
    await leave(spool, 'stays');
    const [name = ''] = files(spool);
    const path = join(spool.places.directory, name);
    const pickUp = async (): Promise<string> => {
      rmSync(path);
      // Not even root can unlink it.
      mkdirSync(path);
      return '250 2.0.0 Ok';
    };
    const serving = await spool.serve({ pickUp });
    await until(() => spool.lines().some((line) => line.includes('cannot be removed')));
    await serving.stop();
    expect(spool.forgotten).toEqual([]);
    expect(spool.lines().join('\n')).toMatch(/^pickup: \w{25}: taken, and cannot be removed: E/m);
  });

  it('one that was in the queue before its relay was killed is only removed', async () => {
    const spool = await emptySpool();
    await leave(spool, 'taken');
    const [name = ''] = files(spool);
    const asked: unknown[] = [];
    const accept: Accept = async ({ takenOnce, content }) => {
      for await (const _ of content) asked.push(takenOnce);
      throw Object.assign(new Error('TAKEN before'), { code: 'QUEUE_TAKEN' });
    };
    await spool.serve({ accept });
    await until(() => spool.forgotten.includes(name));
    expect([files(spool), asked]).toEqual([[], [name]]);
    expect(spool.lines().filter((line) => /error|warning|trouble/.test(line))).toEqual([]);
  });

  it('one that was returned before its relay was killed is only removed', async () => {
    const spool = await emptySpool();
    await leave(spool, 'x'.repeat(2000));
    const [name = ''] = files(spool);
    const asked: unknown[] = [];
    const about = {
      sender: '',
      recipients: [{ address: 'a@x.test' }],
      body: '7BIT',
      smtpUtf8: false,
    } as const;
    const returning: Returning = {
      write: async ({ message }, failed) => {
        asked.push(...failed.map(({ status }) => status.dsn));
        const report = { queueId: 'R', envelope: about, arrivedAt: 0, size: 0, messageId: '' };
        const facts = { kind: 'failure', audience: 'sender', from: '', to: message.envelope.sender } as const;
        const words = { subject: '', text: '', fields: [], mayReturnAll: true, international: false };
        const destination = 'x.test';
        return {
          reports: [{ report: { ...facts, ...words }, message: report, content: Buffer.of(), destination }],
        };
      },
      store: async (_, takenOnce) => {
        asked.push(takenOnce);
        throw Object.assign(new Error('TAKEN before'), { code: 'QUEUE_TAKEN' });
      },
    };
    await spool.serve({ returning, intake: { messageSizeLimitBytes: 1000 } });
    await until(() => spool.forgotten.includes(name));
    expect([files(spool), readdirSync(spool.places.corrupt), asked]).toEqual([[], [], ['5.3.4', name]]);
    expect(spool.lines().filter((line) => /notification|not taken|removed/.test(line))).toEqual([]);
  });

  it('one that cannot be returned now stays', async () => {
    const spool = await emptySpool();
    await leave(spool, 'x'.repeat(2000));
    const returning: Returning = {
      write: () => Promise.reject(new Error('a bug')),
      store: async () => {},
    };
    await spool.serve({ returning, intake: { messageSizeLimitBytes: 1000 } });
    await until(() => spool.lines().some((line) => line.includes('a bug')));
    expect([files(spool).length, readdirSync(spool.places.corrupt)]).toEqual([1, []]);
  });

  asRoot('users may leave mail, and neither see nor touch that of others', async () => {
    const spool = await emptySpool();
    chmodSync(spool.directory, 0o755);
    const user = { uid: 65_534 };
    expect(await callSendmail(spool.directory, ['b@x.test'], 'x\n', user)).toMatchObject({
      code: 0,
      stderr: '',
    });
    await leave(spool, 'of root');
    const asUser = (command: string): number | null =>
      spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', 'sh', '-c', command]).status;
    expect(asUser(`ls ${spool.places.directory}`)).not.toBe(0);
    for (const name of files(spool)) {
      const path = join(spool.places.directory, name);
      if (statSync(path).uid !== 0) continue;
      expect([asUser(`cat ${path}`), asUser(`rm -f ${path}`), asUser(`mv ${path} ${path}.x`)]).not.toContain(
        0,
      );
    }
    await spool.serve();
    await until(() => spool.taken.length === 2);
    const owners = spool.lines().flatMap((line) => /uid=(\d+)/.exec(line)?.[1] ?? []);
    expect(owners.toSorted()).toEqual(['0', '65534']);
  });

  asRoot('a directory that gives its group away lets this group read', async () => {
    const spool = await emptySpool();
    chmodSync(spool.places.directory, 0o3733);
    await leave(spool, 'x');
    const [name = ''] = files(spool);
    expect(statSync(join(spool.places.directory, name)).mode & 0o777).toBe(0o640);
  });
});

describe('exit codes', () => {
  it.each<[string, readonly string[], string, number, RegExp]>([
    ['no recipients', [], 'x\n', 65, /no recipients/],
    ['none in the header', ['-t'], 'Subject: s\n\n', 65, /no recipients/],
    ['a recipient that is none', ['a b@@'], 'x\n', 65, /bad recipient address/],
    ['a sender that is none', ['-f', 'a@@', 'b@x.test'], 'x\n', 65, /bad sender address/],
    ['an option that is refused', ['-bd'], '', 64, /-bd is not supported/],
    ['an option that nobody knows', ['-z', 'b@x.test'], 'x\n', 64, /-z is not supported/],
  ])('%s', async (_, argv, input, code, text) => {
    const spool = await emptySpool();
    const called = await callSendmail(spool.directory, argv, input);
    expect(called.code).toBe(code);
    expect(called.stderr).toMatch(text);
    expect(files(spool)).toEqual([]);
  });

  it.each<[string, number, string]>([
    ['550 5.1.3 Bad recipient address syntax', 67, '67 for an address'],
    ['552 5.3.4 Error: message file too big', 69, '69 for the message'],
  ])('what the relay says is said: %s', async (reply, code) => {
    const spool = keep(await makeSpool());
    await spool.serve({ pickUp: async () => reply });
    const called = await callSendmail(spool.directory, ['b@x.test'], 'x\n');
    expect([called.code, called.stderr]).toEqual([code, `dane-relay: ${reply}\n`]);
    expect(files(spool)).toEqual([]);
    expect(readdirSync(spool.places.corrupt)).toEqual([]);
  });

  it('75 where there is no maildrop', async () => {
    const called = await callSendmail('/nonexistent/spool', ['b@x.test'], 'x\n');
    expect([called.code, called.stderr]).toEqual([
      75,
      'dane-relay: cannot write to /nonexistent/spool/maildrop: there is no such directory: no relay with these settings has run\n',
    ]);
  });

  asRoot('77 for a user who may not', async () => {
    const spool = await emptySpool();
    chmodSync(spool.directory, 0o755);
    chmodSync(spool.places.directory, 0o1730);
    const called = await callSendmail(spool.directory, ['b@x.test'], 'x\n', { uid: 65_534 });
    expect([called.code, called.stderr]).toEqual([
      77,
      `dane-relay: cannot write to ${spool.places.directory}: no permission for this user\n`,
    ]);
  });

  it.each([['a limit of file size', 'ulimit -f 8']])('75, and nothing is left, on %s', async (_, limit) => {
    const spool = await emptySpool();
    const main = join(import.meta.dirname, '../../../dist/main.js');
    // As on a full disk, a write comes back with an error in the middle of the message.
    const { status, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `trap '' XFSZ; ${limit}; head -c 1000000 /dev/zero | tr '\\0' x | "$0" "$1" sendmail b@x.test`,
        process.execPath,
        main,
      ],
      {
        encoding: 'utf8',
        env: { ...process.env, DANE_RELAY_CONFIG: '', DANE_RELAY_SPOOL_DIR: spool.directory },
      },
    );
    expect([status, files(spool)]).toEqual([75, []]);
    expect(stderr).toMatch(/may not write files that large/);
  });

  it('78 for settings that are wrong, or not there', async () => {
    const spool = await emptySpool();
    const env = { DANE_RELAY_SPOOL_DIR: '', DANE_RELAY_DATA_DIR: spool.directory, DANE_RELAY_LISTEN: 'x' };
    const wrong = await callSendmail('', ['b@x.test'], 'x\n', { env });
    const none = await callSendmail(spool.directory, ['-C', '/nonexistent.toml', 'b@x.test'], 'x\n');
    expect([wrong.code, none.code]).toEqual([78, 78]);
  });

  it.each([
    [['-bi'], 'newaliases', 64],
    [[], 'newaliases', 0],
    [['-bv', 'a@x.test, b'], 'sendmail', 0],
    [['-bv', 'a@@'], 'sendmail', 65],
    [['-q30m'], 'sendmail', 0],
    [['--help'], 'sendmail', 0],
  ])('%j by the name of %s', async (argv, name, code) => {
    const called = await callSendmail('/nonexistent', argv, '', { name });
    expect(called.code).toBe(code);
    if (argv.includes('a@x.test, b'))
      expect(called.stdout).toBe(
        'a@x.test... deliverable: mailer dane-relay\nb... deliverable: mailer dane-relay\n',
      );
  });

  it('a bad value of an option is told, and the mail goes', async () => {
    const spool = await emptySpool();
    const called = await callSendmail(spool.directory, ['-N', 'sometimes', 'b@x.test'], 'x\n');
    expect([called.code, called.stderr]).toEqual([0, 'dane-relay: warning: bad value of -N is ignored\n']);
    expect(files(spool)).toHaveLength(1);
  });
});

describe('what is in the maildrop and is no message', () => {
  const name = (digit: string): string => digit.repeat(25);

  it('is put aside, and told of; nothing outside of it is read', async () => {
    const spool = await emptySpool();
    const { directory, corrupt } = spool.places;
    const at = (digit: string): string => join(directory, name(digit));
    await leave(spool, 'secret');
    const [secret = ''] = files(spool);
    const outside = join(spool.directory, 'secret');
    copyFileSync(join(directory, secret), outside);
    symlinkSync(outside, at('1'));
    linkSync(outside, at('2'));
    spawnSync('mkfifo', [at('3')]);
    mkdirSync(at('4'));
    writeFileSync(at('5'), 'half a mess');
    writeFileSync(at('6'), '{}\ndane-relay mail 1 0000000003\n');
    writeFileSync(at('7'), readFileSync(outside).subarray(3));
    await spool.serve();
    await until(() => files(spool).length === 0);
    await until(() => spool.lines().filter((line) => line.includes('not taken')).length === 7);
    expect(subjects(spool)).toEqual(['secret']);
    expect(readdirSync(corrupt).toSorted()).toEqual(['1', '2', '3', '4', '5', '6', '7'].map(name));
    expect(readFileSync(outside, 'utf8')).toContain('secret');
    expect(spool.lines().find((line) => line.includes(name('1')))).toMatch(/not taken.*: a symbolic link$/);
    expect(spool.lines().find((line) => line.includes(name('2')))).toMatch(/: a file with several names$/);
    expect(spool.lines().find((line) => line.includes(name('5')))).toMatch(
      /uid=\d+ not taken.*: not complete$/,
    );
  });

  it('a directory that cannot be put aside stays as it is: its owner may change what is in it', async () => {
    const spool = await emptySpool();
    const inside = join(spool.places.directory, name('4'), 'sub', 'file');
    mkdirSync(dirname(inside), { recursive: true });
    writeFileSync(inside, 'x');
    mkdirSync(join(spool.places.corrupt, name('4'), 'sub'), { recursive: true });
    await spool.serve();
    await until(() => spool.lines().some((line) => line.includes(name('4'))));
    expect(existsSync(inside)).toBe(true);
  });

  it('a message that is refused when nobody waits is put aside, not lost', async () => {
    const spool = await emptySpool();
    await leave(spool, 'refused');
    const [left = ''] = files(spool);
    await spool.serve({ pickUp: async () => '554 5.4.0 Error: too many hops' });
    const line = `pickup: ${left}: file of uid=${process.getuid?.()} not taken, and moved to ${spool.places.corrupt}: 554 5.4.0 Error: too many hops`;
    // The file is there a moment before the log tells of it.
    await until(() => spool.lines().includes(line));
    expect(existsSync(join(spool.places.corrupt, left))).toBe(true);
  });

  it('a message that nobody finished writing goes after a day', async () => {
    const spool = await emptySpool();
    const at = (file: string): string => join(spool.places.directory, file);
    writeFileSync(at(`${name('1')}.open`), 'old');
    writeFileSync(at(`${name('2')}.open`), 'new');
    writeFileSync(at('junk'), 'old');
    const yesterday = Date.now() / 1000 - 25 * 3600;
    for (const file of [`${name('1')}.open`, 'junk']) utimesSync(at(file), yesterday, yesterday);
    await spool.serve();
    await until(() => files(spool).length === 1);
    expect(files(spool)).toEqual([`${name('2')}.open`]);
  });
});

describe('the socket', () => {
  const say = (path: string, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let said = '';
      const socket = connect(path, () => socket.write(text));
      socket.on('error', reject);
      socket.setEncoding('utf8').on('data', (more: string) => (said += more));
      socket.on('close', () => resolve(said));
    });

  it.each([
    ['a name that is none', '../../etc/passwd\n', /^501 /],
    ['no such message', `${'1'.repeat(25)}\n`, /^550 5\.1\.8 /],
    ['a line without an end', 'x'.repeat(1000), /^501 /],
    ['SMTP', 'EHLO x\r\n', /^501 /],
  ])('%s', async (_, text, reply) => {
    const spool = keep(await makeSpool());
    await spool.serve();
    expect(await say(spool.places.socket, text)).toMatch(reply);
  });

  it('is open to everybody, and the directory of what was refused to nobody', async () => {
    const spool = keep(await makeSpool());
    await spool.serve();
    const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
    expect(mode(spool.places.socket)).toBe('666');
    expect(mode(spool.places.directory)).toBe('1733');
    expect(mode(spool.places.corrupt)).toBe('700');
  });

  it.each(['', 'nonsense\n', '250', '999 x\n'])('an answer that is none is none: %j', async (answer) => {
    const { createServer } = await import('node:net');
    const spool = await emptySpool();
    const server = createServer((socket) => socket.end(answer)).listen(spool.places.socket);
    try {
      await until(() => existsSync(spool.places.socket));
      expect(await ring(spool.places.socket, 'x')).toEqual({ kind: 'later' });
    } finally {
      server.close();
    }
  });
});

it('two relays do not serve one spool', async () => {
  const spool = keep(await makeSpool());
  await spool.serve();
  await spool.serve();
  expect(spool.lines()).toContain(
    `pickup: mail of programs on this machine is not picked up: another relay serves ${spool.directory}`,
  );
});
