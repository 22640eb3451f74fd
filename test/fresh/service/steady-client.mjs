import { connect } from 'node:net';

/**
 * A client that hands over messages to this port of loopback one after the other, a new connection each time, as long as
 * it is not told to stop. A connection that is refused or reset, or that ends before a message was taken, is a fault; what
 * is answered with 421 is sent again.
 */
export function startSteadyClient(port) {
  const taken = [];
  const faults = [];
  let toldToWait = 0;
  let longestMs = 0;
  const over = new AbortController();
  async function run() {
    while (!over.signal.aborted) {
      const startedAt = Date.now();
      const { replies, error } = await dialogue(port);
      const queueId = /queued as (\w+)/.exec(replies)?.[1];
      if (queueId !== undefined) taken.push(queueId);
      else if (/^421 /m.test(replies)) toldToWait += 1;
      else faults.push(error ?? `ended after ${JSON.stringify(replies)}`);
      longestMs = Math.max(longestMs, Date.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const running = Promise.all(Array.from({ length: 4 }, run));
  return async () => {
    over.abort();
    await running;
    return { taken, faults, toldToWait, longestMs };
  };
}

const address = 'somebody@fresh.invalid';
const lines = [
  'EHLO client.fresh.invalid',
  `MAIL FROM:<${address}>`,
  `RCPT TO:<${address}>`,
  'DATA',
  'Subject: steady\r\n\r\nA line.\r\n.',
  'QUIT',
];

async function dialogue(port) {
  let replies = '';
  let told = 0;
  try {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    for await (const part of socket) {
      replies += part;
      if (/^[45]/m.test(replies)) socket.end();
      const complete = (replies.match(/^\d{3} .*\r\n/gm) ?? []).length;
      for (; told < Math.min(complete, lines.length); told++) socket.write(`${lines[told]}\r\n`);
    }
    return { replies };
  } catch (error) {
    return { replies, error: error.message };
  }
}
