import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab/lab.ts';
import { patienceMs } from '../lab/until.ts';
import { statusSocket } from '../../src/config/role.ts';
import type { Health, HealthPath } from '../../src/status/status-server.ts';
import type { CheckedLine } from './checked-log.ts';

/** Seen from here, or from build/test/support, where the demo and the bench are compiled to. */
const executable = ['../../dist/main.js', '../../../dist/main.js']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

export interface RelayOptions {
  /** `key -> value` for `--set`. */
  readonly set?: Readonly<Record<string, string>>;
  /** Lines of a TLS policy map. */
  readonly policies?: readonly string[];
  /** Kept when the relay stops; by default the relay has one of its own that goes with it. */
  readonly dataDir?: string;
  readonly role?: 'intake' | 'delivery';
  /** What `DANE_RELAY_CONFIG` names; none by default. */
  readonly settingsFile?: string;
  readonly onLine?: (line: string) => void;
  /** Besides those of the test, without those that are settings. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A relay of its own process, private to a test: free port, own data directory, own Redis. */
export interface RunningRelay extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** All log lines so far, without the time and host in front. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or to come, that the expression matches. */
  line(pattern: RegExp): Promise<string>;
  matching(pattern: RegExp): readonly string[];
  health(path?: HealthPath): Promise<{ readonly status: number; readonly body: Health }>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash would; its children are left to fend for themselves. */
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Nobody reads what it writes any more, until `listen`: the pipes fill. */
  ignore(): void;
  listen(): void;
  /** Its pipes are closed at our end. */
  leave(): void;
  readonly exited: Promise<number | null>;
}

/**
 * Reading the source maps of all modules is a tenth of the work of a start, and nobody looks at them unless there is a
 * bug to find.
 */
const nodeOptions = process.env['TEST_SOURCE_MAPS'] === '1' ? ['--enable-source-maps'] : [];

/** What a relay must be told to live in a lab. */
export function labSettings(lab: Lab): Record<string, string> {
  return {
    'dns.servers': lab.dnsServer,
    'delivery.port': String(lab.port),
    'delivery.connect_timeout': '5s',
  };
}

export async function startRelay(options: RelayOptions = {}): Promise<RunningRelay> {
  const relay = await launchRelay(options);
  const ready = relay.line(/: ready$/);
  ready.catch(() => {});
  try {
    const code = await Promise.race([ready.then(() => undefined), relay.exited]);
    if (code === undefined) return relay;
    throw new Error(`the relay ended with ${code} before it was ready:\n${relay.lines.join('\n')}`);
  } catch (error) {
    // One that is late is not left to itself either.
    await relay[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts without waiting until it is ready. */
export async function launchRelay(options: RelayOptions = {}): Promise<RunningRelay> {
  if (executable === undefined) throw new Error('dist/main.js is missing: npm run build');
  const own = options.dataDir === undefined;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'dane-relay-')));
  const settings: Record<string, string> = {
    data_dir: dataDir,
    listen: '127.0.0.1:0',
    hostname: 'relay.test',
    ...options.set,
  };
  const checkedLine = isChecked(options) ? (await import('./checked-log.ts')).checkedLine : undefined;
  if (checkedLine !== undefined) settings['log.format'] = 'json';
  if (options.policies !== undefined) {
    settings['tls.policy_maps'] = join(dataDir, 'tls_policy');
    await writeFile(settings['tls.policy_maps'], `${options.policies.join('\n')}\n`);
  }
  const args = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  if (options.role !== undefined) args.push('--role', options.role);
  // No settings of a relay that this machine may have.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DANE_RELAY_'));
  const child = spawn(process.execPath, [...nodeOptions, executable, 'run', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(others),
      DANE_RELAY_CONFIG: options.settingsFile ?? '',
      ...options.env,
    },
  });
  const socketPath = statusSocket(dataDir, options.role ?? 'all');
  const log = collectLines(child, options.onLine, (line) => checkedLine?.(line, child.pid ?? -1) ?? { line });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

  return {
    get port() {
      return Number(
        /listening on [^,]*:(\d+)/.exec(log.lines.find((line) => line.includes('listening on')) ?? '')?.[1],
      );
    },
    pid: child.pid ?? -1,
    dataDir,
    lines: log.lines,
    line: log.line,
    matching: (pattern) => log.lines.filter((line) => pattern.test(line)),
    async health(path = '/health') {
      const { status, text } = await get(socketPath, path);
      return { status, body: JSON.parse(text) as Health };
    },
    metrics: async () => (await get(socketPath, '/metrics')).text,
    ignore: log.pause,
    listen: log.resume,
    leave: () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()),
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      log.checkFaults();
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    signal: (name) => void child.kill(name),
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
        await exited;
        clearTimeout(late);
      }
      if (own) await removeDataDir(dataDir);
      log.checkFaults();
    },
  };
}

/**
 * In tests the log is JSON, each line of which is held against its documentation, and shown in the form of Postfix. Not
 * where a test is about the log itself, or has settings of its own.
 */
function isChecked({ set = {}, settingsFile = '', env = {} }: RelayOptions): boolean {
  if (process.env['VITEST'] === undefined || settingsFile !== '') return false;
  const names = [...Object.keys(set), ...Object.keys(env)];
  return !names.some((name) => /^(?:log\.|DANE_RELAY_LOG|JOURNAL_STREAM)/.test(name));
}

/** A killed relay leaves its Redis and Unbound behind: they go with the directory. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const pkill = spawn('pkill', ['-KILL', '-f', dataDir], { stdio: 'ignore' });
  await new Promise((resolve) => pkill.once('exit', resolve));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function collectLines(
  child: ChildProcess,
  onLine: ((line: string) => void) | undefined,
  check: (line: string) => CheckedLine,
) {
  const lines: string[] = [];
  let faults: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const readers: Interface[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    const reader = createInterface({ input: stream });
    readers.push(reader);
    reader.on('line', (written) => {
      const { line: full, fault } = check(written);
      if (fault !== undefined) faults.push(fault);
      onLine?.(full);
      // `Nov 21 22:00:00 host dane-relay/smtp[1]: text` -> `dane-relay/smtp[1]: text`
      const line = full.replace(/^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ /, '');
      lines.push(line);
      for (const tell of waiting) tell(line);
    });
  }
  function line(pattern: RegExp): Promise<string> {
    const past = lines.find((one) => pattern.test(one));
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(tell);
        reject(
          new Error(
            `no line matches ${String(pattern)} after ${patienceMs} ms; the log:\n${lines.slice(-60).join('\n')}`,
          ),
        );
      }, patienceMs);
      function tell(one: string): void {
        if (!pattern.test(one)) return;
        clearTimeout(timer);
        waiting.delete(tell);
        resolve(one);
      }
      waiting.add(tell);
    });
  }
  return {
    lines,
    line,
    /** Throws, once, if there were lines that are not as they are documented. */
    checkFaults() {
      const [found] = [faults, (faults = [])];
      if (found.length > 0) throw new Error(`lines of the log without documentation:\n${found.join('\n')}`);
    },
    pause: () => readers.forEach((reader) => reader.pause()),
    resume: () => readers.forEach((reader) => reader.resume()),
  };
}

function get(socketPath: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
