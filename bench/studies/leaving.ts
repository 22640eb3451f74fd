import { execFile } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startMailHost } from '../../test/lab/mail-host.ts';
import { freePort } from '../free-port.ts';
import { fillQueue } from '../fill-queue.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import { runCommand } from '../run-command.ts';
import { deferOne, waitingPlaces } from '../scenes/backlog.ts';
import { setStage, type Study } from './stage.ts';

const small = 4_096;
const large = 20_000_000;
/** One large message for so many small ones. */
const share = 1_000;
/** Of so many small messages one is handed over: a shell does it one by one. */
const handedShare = 20;
/** What waits is not tried again. */
const settings = ['queue.minimal_backoff=3h', 'queue.maximal_backoff=3h'];
/** What nc(1) does. */
const pipe = `const s = require('net').connect(process.argv[2], process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout)`;

/** What it takes to leave: a queue is written as files and as an mbox, and handed to a mail host by the program beside it. */
export const leaving: Study = async ({ messages = 20_000, say, ...options }) => {
  const faults: string[] = [];
  await part('small', small, messages);
  await part('large', large, Math.ceil(messages / share));
  return faults;

  async function part(what: string, sizeBytes: number, count: number): Promise<void> {
    await using stage = await setStage(1, options);
    const { lab } = stage;
    const relay = await stage.startRelay(settings);
    const template = await deferOne(stage, relay, sizeBytes);
    const filled = (await fillQueue(lab, template, waitingPlaces(count - 1))) + 1;
    if (filled !== count) faults.push(`${count - filled} messages could not be put into the queue`);
    await relay[Symbol.asyncDispose]();
    say(`${count} ${what} messages, ${sizeBytes} octets each; the relay is stopped`);

    const [directory, handed, mbox] = ['mail', 'handed', 'mbox'].map((name) =>
      path.join(lab.directory, name),
    ) as [string, string, string];
    await write(['--as', 'eml', '--to', directory], count);
    await write(['--as', 'mbox', '--to', mbox], count);
    say(`the mbox has ${((await stat(mbox)).size / 1e6).toFixed(0)} MB`);
    const few = Math.ceil(count / handedShare);
    const ids = await runCommand(lab, ['queue', 'list', '--json']);
    const some = [...ids.output.matchAll(/"queueId":"(\w+)"/g)].slice(0, few).map(([, id = '']) => id);
    await write(['--as', 'eml', '--to', handed, ...some], few);
    await handOver(handed, few);
    for (const name of [directory, handed, mbox]) await rm(name, { recursive: true });

    async function write(words: readonly string[], wanted: number): Promise<void> {
      const machine = readMachine();
      const { seconds, peakBytes, output } = await runCommand(lab, ['queue', 'export', ...words]);
      const noise = foreignShare(machine, readMachine());
      if (!output.startsWith(`${wanted} message`)) faults.push(`${words.join(' ')} said: ${output}`);
      say(
        `queue export ${words.slice(0, 2).join(' ')}: ${wanted} in ${seconds.toFixed(1)} s, ${rate(wanted, seconds)}, ` +
          `${((wanted * sizeBytes) / seconds / 1e6).toFixed(0)} MB/s, at most ${(peakBytes / 1e6).toFixed(0)} MB of memory; ${shareText(noise)}`,
      );
    }

    async function handOver(from: string, wanted: number): Promise<void> {
      const place = { name: 'next.test', address: '127.0.0.1', port: await freePort() };
      const host = await startMailHost(place, { startTls: false });
      try {
        const machine = readMachine();
        const startedAt = performance.now();
        const peer = [process.execPath, '-e', pipe, place.address, String(place.port)];
        await promisify(execFile)('sh', [path.join(from, 'resend'), '--', ...peer], {
          maxBuffer: 64 * 1024 ** 2,
        });
        const seconds = (performance.now() - startedAt) / 1000;
        const noise = foreignShare(machine, readMachine());
        if (host.messages.length !== wanted)
          faults.push(`${host.messages.length} of ${wanted} were handed over`);
        say(`resend: ${wanted} in ${seconds.toFixed(1)} s, ${rate(wanted, seconds)}; ${shareText(noise)}`);
      } finally {
        await host.stop();
      }
    }
  }
};

const rate = (count: number, seconds: number): string => `${(count / seconds).toFixed(0)}/s`;
const shareText = (noise: number): string => `others had ${(noise * 100).toFixed(0)} % of the processors`;
