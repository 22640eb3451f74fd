// `npm start` as a person uses it: waits until the relay is ready, hands it a message, and presses Ctrl-C. Needs nothing
// but Node.
import { spawn } from 'node:child_process';
import { submit } from './submit.mjs';

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
