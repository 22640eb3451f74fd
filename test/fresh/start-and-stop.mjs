// `npm start` as a person uses it: waits until the relay is ready, hands it a message, and presses Ctrl-C. Needs nothing
// but Node. The recipient is at a name that does not exist (RFC 6761 §6.4): nothing is sent anywhere.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';

const patienceMs = 8 * 60_000;
// A process group of its own, as a shell makes one: Ctrl-C reaches all of it.
const npm = spawn('npm', ['start'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
const ended = new Promise((resolve) => npm.once('close', (code, signal) => resolve(signal ?? code)));
let output = '';
for (const stream of [npm.stdout, npm.stderr]) {
  stream.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
}
let code;
void ended.then((how) => (code = how));

try {
  await said(/: ready$/m);
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  const queueId = await submit(port);
  await said(new RegExp(`${queueId}: from=<somebody@fresh\\.invalid>`));
  process.kill(-npm.pid, 'SIGINT');
  const how = await ended;
  if (how !== 0) throw new Error(`npm start ended with ${how}`);
  console.log('ready, accepted a message, stopped with 0');
} catch (error) {
  console.error(error.message);
  // What it says itself when it cannot start, such as what is missing.
  process.exitCode = typeof code === 'number' && code !== 0 ? code : 1;
  if (code === undefined) process.kill(-npm.pid, 'SIGKILL');
}

async function said(pattern) {
  const until = Date.now() + patienceMs;
  while (!pattern.test(output)) {
    if (code !== undefined) throw new Error(`npm start ended with ${code}`);
    if (Date.now() > until) throw new Error(`not said: ${pattern}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Resolves to the queue id. */
async function submit(port) {
  const address = 'somebody@fresh.invalid';
  const lines = [
    'EHLO client.fresh.invalid',
    `MAIL FROM:<${address}>`,
    `RCPT TO:<${address}>`,
    'DATA',
    'Subject: first\r\n\r\nA line.\r\n.',
    'QUIT',
  ];
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let replies = '';
  let told = 0;
  for await (const part of socket) {
    replies += part;
    if (/^[45]/m.test(replies)) throw new Error(`refused: ${replies}`);
    // A reply is complete with a line that has no hyphen after its code; each is worth one line of ours.
    const complete = (replies.match(/^\d{3} .*\r\n/gm) ?? []).length;
    for (; told < Math.min(complete, lines.length); told++) socket.write(`${lines[told]}\r\n`);
  }
  const queueId = /queued as (\w+)/.exec(replies)?.[1];
  if (queueId === undefined) throw new Error(`not accepted: ${replies}`);
  return queueId;
}
