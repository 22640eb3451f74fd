import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost } from '../../lab/mail-host.ts';
import { until } from '../../lab/until.ts';
import { redisDirectoryIn, redisPlace } from '../../../src/children/redis-place.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

const keep = belongings();

async function command(dataDir: string, words: readonly string[]) {
  const { code, stdout, stderr } = await runCommand(words, { data_dir: dataDir });
  return { code, lines: stdout.toString().trimEnd().split('\n'), stderr };
}

const socketOf = (dataDir: string): string => `unix://${redisPlace(redisDirectoryIn(dataDir)).socketPath}`;

/** A host that defers what comes, until it is told to take it; and directories of two relays with private Redises. */
async function world() {
  const space = await chooseAddresses();
  let takes = false;
  const host = await startMailHost(
    { name: 'mx.drain.test', address: space.address(1), port: space.port },
    {
      startTls: false,
      extensions: [],
      replies: { 'RCPT TO:<user': () => (takes ? undefined : '450 4.2.0 come again') },
    },
  );
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const set = {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
    'queue.minimal_backoff': '1h',
    'queue.maximal_backoff': '1h',
  };
  const directories: string[] = [];
  for (let count = 0; count < 2; count += 1) directories.push(await mkdtemp(join(tmpdir(), 'dr-drain-')));
  keep({
    async [Symbol.asyncDispose]() {
      for (const directory of directories) await rm(directory, { recursive: true, force: true });
    },
  });
  const [here = '', there = ''] = directories;
  const to = `user@[${space.address(1)}]`;
  return { host, set, here, there, to, take: () => (takes = true) };
}

it('moves the queue of a relay that runs to one that runs, which delivers it; the first takes no mail any more', async () => {
  const { host, set, here, there, to, take } = await world();
  const source = keep(await startRelay({ set, dataDir: here }));
  const target = keep(await startRelay({ set, dataDir: there }));
  const queueId = await sendMail(source.port, { to: [to] });
  await source.line(new RegExp(`${queueId}: to=.*status=deferred`));
  await until(
    async () =>
      (await command(here, ['queue', 'count', '--state', 'deferred'])).lines[0]?.startsWith('1 ') === true,
    'the deferral',
  );
  const url = socketOf(there);

  expect(await command(here, ['queue', 'drain', '--to', url, '--dry-run'])).toMatchObject({
    code: 0,
    lines: ['1 messages of 1 KiB would be moved'],
  });
  expect(await command(here, ['queue', 'drain', '--to', url, '--stop-intake'])).toEqual({
    code: 0,
    lines: [
      `1 message moved to ${url} dane-relay`,
      'nothing waits here any more',
      'the relays here take no mail until "queue drain --open-intake"',
    ],
    stderr: '',
  });
  await source.line(new RegExp(`postsuper\\[\\d+\\]: ${queueId}: moved to ${url} dane-relay$`));
  await target.line(new RegExp(`postsuper\\[\\d+\\]: ${queueId}: moved here from .* dane-relay$`));
  expect((await command(here, ['explain', queueId])).lines.join('\n')).toContain(
    `moved to the queue ${url} dane-relay`,
  );
  const { lines } = await command(there, ['explain', queueId]);
  expect(lines.join('\n')).toMatch(/moved here from the queue .* dane-relay/);
  expect(lines.join('\n')).toContain('tried once');
  expect((await source.health()).status).toBe(503);
  await expect(sendMail(source.port, { to: [to] })).rejects.toThrow(/4\.3\.|451|452/);
  expect(await command(here, ['queue', 'drain', '--open-intake'])).toMatchObject({ code: 0 });
  await until(async () => (await source.health()).status === 200, 'intake');

  take();
  await command(there, ['queue', 'retry', queueId]);
  await target.line(new RegExp(`${queueId}: removed$`));
  expect(host.messages).toHaveLength(1);
});

it('moves the queue of a relay that is dead, of which only the data directory is left', async () => {
  const { host, set, here, there, to, take } = await world();
  const source = await startRelay({ set, dataDir: here });
  const queueId = await sendMail(source.port, { to: [to] });
  await source.line(new RegExp(`${queueId}: to=.*status=deferred`));
  await source.stop();
  await source[Symbol.asyncDispose]();
  const target = keep(await startRelay({ set, dataDir: there }));
  const file = join(there, 'drain-to');
  await writeFile(file, `${socketOf(there)}\n`);
  const { code, lines } = await command(here, ['queue', 'drain', '--to-file', file, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    schema: 1,
    act: 'drain',
    moved: 1,
    waiting: 0,
    away: 0,
  });
  take();
  await command(there, ['queue', 'retry', queueId]);
  await target.line(new RegExp(`${queueId}: removed$`));
  expect(host.messages).toHaveLength(1);
});

it('says what is wrong with a target, or with the command', async () => {
  const { set, here } = await world();
  const source = keep(await startRelay({ set, dataDir: here }));
  void source;
  const said = async (words: readonly string[]) => {
    const { code, stderr } = await command(here, ['queue', 'drain', ...words]);
    return [code, stderr.trim()];
  };
  expect(await said([])).toEqual([64, expect.stringContaining('needs --to')]);
  expect(await said(['--to', 'http://:secret@x/'])).toEqual([64, expect.not.stringContaining('secret')]);
  expect(await said(['--to', socketOf(here)])).toEqual([
    78,
    expect.stringContaining('it is the queue itself'),
  ]);
  expect(await said(['--to', 'unix:///nonexistent.sock'])).toEqual([
    75,
    expect.stringContaining('no such socket'),
  ]);
  expect(await said(['--to', 'unix:///x', '--limit', '0'])).toEqual([64, expect.stringContaining('--limit')]);
  expect(await said(['--take-back', '--to', 'unix:///x'])).toEqual([
    64,
    expect.stringContaining('no other option'),
  ]);
  expect(await command(here, ['queue', 'drain', '--take-back'])).toMatchObject({
    code: 0,
    lines: ['nothing is on its way'],
  });
});
