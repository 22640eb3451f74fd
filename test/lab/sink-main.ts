/**
 * A mail host in a process of its own, for the bench:
 *
 *   node sink-main.js ADDRESS[,ADDRESS...] PORT [--name HOST] [--cert FILE --key FILE] [--delay-ms N] [--discard]
 *
 * Writes `{"listening":"ADDRESS:PORT","pid":N}` when it listens at all addresses (named is the first), and its counts, one line of JSON, on SIGUSR2 and for each
 * line `count` on its standard input. For a line `delays` it writes how long each message since the last such line was under way. Ends with its standard input when that is a pipe. With `--discard` it does not look
 * into the messages: no digest, and no duplicates found.
 */
import { fstatSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { startMailHost, type LabMessage } from './mail-host.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'sink.test' },
    cert: { type: 'string' },
    key: { type: 'string' },
    'delay-ms': { type: 'string', default: '0' },
    discard: { type: 'boolean', default: false },
  },
});
const [addresses = '', port = ''] = positionals;
if (addresses === '' || !/^\d+$/.test(port)) {
  throw new Error(
    'Usage: sink-main ADDRESS[,ADDRESS...] PORT [--cert FILE --key FILE] [--delay-ms N] [--discard]',
  );
}

const seen = new Set<string>();
let [messages, plaintext, duplicates, firstAt, lastAt] = [0, 0, 0, 0, 0];

/** Milliseconds from the submission of a message to its arrival here. */
let delaysMs: number[] = [];

function count(message: LabMessage): void {
  messages++;
  if (!message.tls) plaintext++;
  if (firstAt === 0) firstAt = message.receivedAt;
  lastAt = message.receivedAt;
  if (values.discard) return;
  const sentAt = header(message.data, 'X-Bench-Sent: ');
  if (sentAt !== undefined) delaysMs.push(message.receivedAt - Number(sentAt));
  const id = header(message.data, 'X-Bench-Id: ');
  if (id === undefined) return;
  if (seen.has(id)) duplicates++;
  seen.add(id);
}

/** Value of a header field; its name is compared as the bench writes it. */
function header(data: Buffer, name: string): string | undefined {
  const at = data.indexOf(name);
  if (at === -1) return undefined;
  return data.toString('latin1', at + name.length, data.indexOf('\r\n', at));
}

const certificate =
  values.cert === undefined || values.key === undefined
    ? undefined
    : { pem: readFileSync(values.cert, 'utf8'), privateKeyPem: readFileSync(values.key, 'utf8') };
const hosts = await Promise.all(
  addresses.split(',').map((address) =>
    startMailHost(
      { name: values.name, address, port: Number(port), onMessage: count, hash: !values.discard },
      {
        startTls: certificate !== undefined,
        certificates: certificate === undefined ? [] : [certificate],
        delayMs: Number(values['delay-ms']),
      },
    ),
  ),
);

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
function report(): void {
  const connections = hosts.reduce((sum, host) => sum + host.connections, 0);
  const mostOpen = Math.max(...hosts.map((host) => host.mostOpen));
  print({ messages, connections, mostOpen, plaintext, firstAt, lastAt, duplicates });
}
process.on('SIGUSR2', report);
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  if (line === 'count') report();
  if (line === 'delays') {
    print({ delaysMs });
    delaysMs = [];
  }
});
const stdin = fstatSync(0);
if (stdin.isFIFO() || stdin.isSocket()) input.once('close', () => process.exit(0));
print({ listening: `${hosts[0]?.address}:${port}`, pid: process.pid });
