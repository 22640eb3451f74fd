import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { unless } from '../../support/unless.ts';
import { canUnshare, journaldObstacle, startWithJournal } from './journal-namespace.ts';

/** In the journal of systemd a line has its component, its level and its text, and nothing twice. */

const keep = belongings();
let lab: Lab;
let directory: string;
beforeAll(async () => {
  lab = await startSmallLab();
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-journal-'));
});
afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Stream {
  readonly identifier: string;
  readonly header: readonly string[];
  readonly lines: string[];
}

interface FakeJournal extends AsyncDisposable {
  readonly socketPath: string;
  readonly streams: readonly Stream[];
  /** Hangs up on everybody, and is not there any more. */
  vanish(): Promise<void>;
}

/** Takes streams as systemd-journald does, which closes its own direction at once. */
async function fakeJournal(): Promise<FakeJournal> {
  const socketPath = join(directory, 'journal');
  const streams: Stream[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.end();
    let text = '';
    let stream: Stream | undefined;
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (stream === undefined && lines.length >= 7) {
        const [identifier = '', ...header] = lines.splice(0, 7);
        stream = { identifier, header, lines: [] };
        streams.push(stream);
      }
      stream?.lines.push(...lines);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  async function vanish(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  return { socketPath, streams, vanish, [Symbol.asyncDispose]: vanish };
}

function linesOf({ streams }: FakeJournal, identifier: string): readonly string[] {
  return streams.find((stream) => stream.identifier === identifier)?.lines ?? [];
}

async function portOf(journal: FakeJournal): Promise<number> {
  const port = (): number =>
    Number(/listening on [^,]*:(\d+)/.exec(linesOf(journal, 'dane-relay/master').join())?.[1]);
  await until(() => Number.isInteger(port()), 'the relay to listen');
  return port();
}

unless(canUnshare ? undefined : 'only root can mount a socket of the journal', describe)(
  'a relay whose standard output is the journal',
  () => {
    it('has a stream for each component, and in each line its level and its text', async () => {
      const journal = keep(await fakeJournal());
      const relay = keep(await startWithJournal(journal, { ...labSettings(lab), 'tls.loglevel': '1' }));
      const port = await portOf(journal);
      const id = await sendMail(port, { to: 'user@wrong-key.test' });
      await until(
        () => linesOf(journal, 'dane-relay/smtp').some((line) => line.includes('status=')),
        'an attempt',
      );
      expect(await relay.stop()).toBe(0);

      for (const { header } of journal.streams) expect(header).toEqual(['', '22', '1', '0', '0', '0']);
      const all = journal.streams.flatMap(({ lines }) => lines);
      for (const line of all) expect(line).toMatch(/^<[346]>(?!\w{3} [ \d]\d \d\d:|dane-relay)/);
      expect(linesOf(journal, 'dane-relay/smtpd')).toContainEqual(`<6>${id}: client=localhost[127.0.0.1]`);
      expect(linesOf(journal, 'dane-relay/qmgr')).toContainEqual(
        expect.stringMatching(`^<6>${id}: from=<sender@relay.test>, size=\\d+, nrcpt=1 \\(queue active\\)$`),
      );
      expect(linesOf(journal, 'dane-relay/smtp')).toContainEqual(
        expect.stringMatching(`^<6>${id}: to=<user@wrong-key.test>, .*, status=deferred \\(.*\\)$`),
      );
      expect(linesOf(journal, 'dane-relay/master').slice(-1)).toEqual(['<6>redis-server: stopped']);
      expect(relay.printed).toEqual([]);
    });

    it('has the objects of JSON there in the same way', async () => {
      const journal = keep(await fakeJournal());
      const relay = keep(await startWithJournal(journal, { ...labSettings(lab), 'log.format': 'json' }));
      await portOf(journal);
      expect(await relay.stop()).toBe(0);
      const lines = linesOf(journal, 'dane-relay/master');
      expect(lines.length).toBeGreaterThan(3);
      for (const line of lines) {
        const [, level, text = ''] = /^<(\d)>(.*)$/.exec(line) ?? [];
        expect(level).toBe(
          { info: '6', warn: '4', error: '3' }[(JSON.parse(text) as { level: string }).level],
        );
      }
    });

    it('goes on with the standard output when the journal hangs up, and without it from the start', async () => {
      const journal = keep(await fakeJournal());
      const relay = keep(await startWithJournal(journal, labSettings(lab)));
      const port = await portOf(journal);
      await journal.vanish();
      const id = await sendMail(port, { to: 'user@wrong-key.test' });
      await until(
        () => relay.printed.some((line) => line.includes(`${id}: to=<`)),
        'the line of the delivery',
      );
      expect(relay.printed).toContainEqual(`<6>${id}: client=localhost[127.0.0.1]`);

      const nobody = join(directory, 'nobody');
      await writeFile(nobody, '');
      const late = keep(await startWithJournal({ socketPath: nobody }, labSettings(lab)));
      await until(() => late.printed.includes('<6>ready'), 'ready');
      expect(await late.stop()).toBe(0);
    });

    it('tells of settings that make no sense with a level', async () => {
      const journal = keep(await fakeJournal());
      const wrong = keep(await startWithJournal(journal, { nonsense: '1' }));
      expect(await wrong.exited).toBe(78);
      expect(wrong.printed).toContainEqual(expect.stringMatching(/^<3>.*nonsense/));
    });
  },
);

unless(journaldObstacle(), describe)('systemd-journald', () => {
  it('shows lines as Postfix has them, their levels, and pflogsumm adds them up', async () => {
    const set = { ...labSettings(lab), 'log.syslog_name': 'postfix' };
    const relay = keep(await startWithJournal('real', set));
    const journal = (...args: readonly string[]): Promise<string> =>
      relay.look('journalctl', '--quiet', '--facility=mail', ...args);
    const has = async (text: string): Promise<boolean> => (await journal().catch(() => '')).includes(text);
    await until(() => has(': ready'), 'the relay');
    const port = Number(/listening on [^,]*:(\d+)/.exec(await journal())?.[1]);
    const names = ['good', 'good', 'good', 'no-tlsa', 'rejects', 'wrong-key'];
    for (const name of names) {
      const id = await sendMail(port, { from: 'sender@good.test', to: `user@${name}.test` });
      await until(() => has(`${id}: to=`), name);
    }
    await until(
      async () => (await journal()).match(/: to=<sender@good\.test>.*status=sent/g) !== null,
      'a report',
    );

    const log = await journal('--output=short');
    expect(log).toMatch(
      /^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ postfix\/smtpd\[\d+\]: connect from localhost\[127\.0\.0\.1\]$/m,
    );
    expect(log).toMatch(/ postfix\/smtp\[\d+\]: Verified TLS connection established to mx\.good\.test/);
    const summary = execFileSync('pflogsumm', { input: log, encoding: 'utf8' });
    const total = (words: string): number =>
      Number(new RegExp(`^ *(\\d+) +${words}`, 'm').exec(summary)?.[1]);
    expect(['received', 'delivered', 'deferred', 'bounced'].map(total)).toEqual([6, 5, 1, 1]);

    const warnings = (await journal('--priority=warning')).trimEnd().split('\n');
    expect(warnings.length).toBeGreaterThan(0);
    for (const line of warnings) expect(line).toMatch(/\]: (?:warning|error): /);
    const warned = log.split('\n').filter((line) => /\]: (?:warning|error): /.test(line));
    expect(warnings.slice(0, warned.length)).toEqual(warned);
  });
});
