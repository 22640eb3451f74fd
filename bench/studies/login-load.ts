import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { domainName } from '../domain-name.ts';
import { freePort } from '../free-port.ts';
import type { Peer } from '../peer.ts';
import { Submission } from '../submission.ts';
import { setStage, type Stage, type Study } from './stage.ts';

const executable = new URL('../../../dist/main.js', import.meta.url).pathname;
const password = 'correct horse battery';
const clients = 50;
const patience = { messages: 2000, sessions: 4 };

/**
 * A client that may relay by its address, beside 50 that connect for each message: without a login, with one, as web
 * applications do, and with a wrong password each time. The ratio is to the 50 without a login: what logins cost others.
 */
export const loginLoad: Study = async (options) => {
  const { messages = patience.messages, say } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
  try {
    const users = path.join(directory, 'users');
    await addUser(users);
    const port = await freePort();
    await using stage = await setStage(10, options);
    await stage.raiseSink();
    const relay = await stage.startRelay([
      `listener=[{ address = "127.0.0.1:${port}", auth = "require", tls_auth_only = false }]`,
      `intake.users=${users}`,
    ]);
    const submit = (tag: string) => accepted(stage, relay, messages, tag);
    await submit('warm');
    const alone = await submit('alone');
    say(`${'nobody else'.padEnd(56)} ${alone.toFixed(0)}/s accepted`);
    let withoutLogin: number | undefined;
    for (const [what, at, word] of [
      ['send without a login', relay.port, ''],
      ['log in for each message', port, password],
      ['guess, each with another password', port, undefined],
    ] as const) {
      const crowd = startCrowd(at, word);
      const beside = await submit(what.replaceAll(/\W/g, '-'));
      const done = await crowd.stop();
      const ratio = (beside / (withoutLogin ??= beside)).toFixed(2);
      const about = `${clients} ${what} (${done} times)`;
      say(`${about.padEnd(56)} ${beside.toFixed(0)}/s accepted (ratio ${ratio})`);
    }
    return [];
  } finally {
    await rm(directory, { recursive: true });
  }
};

/** Messages of a client without a login that got their 250, in a second. */
async function accepted(stage: Stage, relay: Peer, messages: number, tag: string): Promise<number> {
  const report = await stage.submit(relay, { messages, sessions: patience.sessions, tag });
  return report.accepted / ((report.endedAt - report.startedAt) / 1000);
}

/** Each of them connects, logs in unless the word is empty, sends if it may, and begins again. `stop` resolves to how many times that was done. */
function startCrowd(port: number, word: string | undefined): { stop(): Promise<number> } {
  const over = new AbortController();
  let done = 0;
  async function one(index: number): Promise<void> {
    for (let count = 0; !over.signal.aborted; count += 1) {
      const submission = await Submission.open('127.0.0.1', port);
      try {
        const isIn = word === '' || (await submission.login('web', word ?? `guess ${index} ${count}`));
        const message = Buffer.from('Subject: login\r\n\r\nlogin\r\n.\r\n');
        if (isIn) await submission.send('web@bench.test', `login@${domainName(index % 10)}`, message);
        done += 1;
      } finally {
        submission.destroy();
      }
    }
  }
  const all = Promise.all(Array.from({ length: clients }, (_, index) => one(index)));
  all.catch(() => {});
  return {
    async stop() {
      over.abort();
      await all;
      return done;
    },
  };
}

async function addUser(file: string): Promise<void> {
  const child = execFile(process.execPath, [
    executable,
    'user',
    'add',
    'web',
    '--set',
    `intake.users=${file}`,
  ]);
  child.stdin?.end(`${password}\n`);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`dane-relay user add ended with ${code}`);
}
