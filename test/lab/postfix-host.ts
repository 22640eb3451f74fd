import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificates.ts';
import type { LabMessage } from './mail-host.ts';
import { startPostfix } from './postfix-instance.ts';
import { until } from './until.ts';

/** A real Postfix that receives. */
export interface PostfixReceiver {
  readonly address: string;
  /** Read from its mailbox at each use. One for each recipient, as its delivery agent writes them. */
  readonly messages: readonly LabMessage[];
  waitForMessages(count: number, timeoutMs?: number): Promise<readonly LabMessage[]>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface PostfixHostOptions {
  readonly directory: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Takes mail for every mailbox of these. */
  readonly domains: readonly string[];
  /** As sent: its own certificate first. */
  readonly certificates: readonly Certificate[];
  /** Further main.cf parameters, or other values. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How the SASL library of Cyrus checks logins. */
  readonly saslConfiguration?: string;
}

/** Starts a Postfix that offers STARTTLS and keeps what comes in a maildir. Needs root. */
export async function startPostfixHost(options: PostfixHostOptions): Promise<PostfixReceiver> {
  const { directory, name, address, port, certificates } = options;
  await promisify(execFile)('install', ['-d', '-m', '755', directory]);
  await promisify(execFile)('install', ['-d', '-o', 'nobody', '-m', '755', path.join(directory, 'mail')]);
  const chain = path.join(directory, 'chain.pem');
  const pem = certificates.map((certificate) => certificate.pem).join('');
  await writeFile(chain, `${certificates[0]?.privateKeyPem ?? ''}${pem}`, { mode: 0o600 });
  const instance = await startPostfix({
    directory,
    address,
    port,
    ...(options.saslConfiguration !== undefined && { saslConfiguration: options.saslConfiguration }),
    parameters: {
      myhostname: name,
      smtpd_relay_restrictions: 'reject_unauth_destination',
      smtpd_tls_security_level: 'may',
      smtpd_tls_chain_files: chain,
      smtpd_tls_protocols: '>=TLSv1.2',
      smtpd_tls_loglevel: '1',
      smtpd_tls_received_header: 'yes',
      virtual_mailbox_domains: options.domains.join(' '),
      virtual_mailbox_maps: 'static:all/',
      virtual_mailbox_base: path.join(directory, 'mail'),
      virtual_uid_maps: 'static:65534',
      virtual_gid_maps: 'static:65534',
      ...options.parameters,
    },
  });
  const read = () => readMaildir(path.join(directory, 'mail', 'all', 'new'));
  return {
    address,
    get messages() {
      return read();
    },
    async waitForMessages(count) {
      const ready = () => read().length >= count;
      await until(ready, 'messages').catch(async (error: unknown) => {
        throw new Error(`${name} has ${read().length} of ${count} messages\n${await instance.log()}`, {
          cause: error,
        });
      });
      return read();
    },
    log: instance.log,
    stop: instance.stop,
  };
}

/** The delivery agent puts the envelope into three header lines of its own; they are no part of what was sent. */
function readMaildir(directory: string): LabMessage[] {
  const files = namesIn(directory).map((name) => path.join(directory, name));
  const messages = files.map((file) => {
    const text = readFileSync(file);
    const end = text.indexOf('\nReceived: ') + 1;
    const envelope = text.toString('utf8', 0, end);
    const data = Buffer.from(text.toString('latin1', end).replaceAll('\n', '\r\n'), 'latin1');
    return {
      sender: /^Return-Path: <(.*)>$/m.exec(envelope)?.[1] ?? '',
      recipients: [/^Delivered-To: (.*)$/m.exec(envelope)?.[1] ?? ''],
      data,
      sizeBytes: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
      tls: /^Received: from [^;]*\(using TLSv/.test(text.toString('latin1', end)),
      receivedAt: statSync(file).mtimeMs,
    };
  });
  return messages.sort((a, b) => a.receivedAt - b.receivedAt);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
