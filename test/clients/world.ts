import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/children/free-port.ts';
import { startMailHost, type MailHost } from '../lab/mail-host.ts';
import { makeScratch } from '../lab/scratch.ts';
import { runCommand } from '../support/run-command.ts';
import { startRelay, type RunningRelay } from '../support/running-relay.ts';
import { login } from './client.ts';

/** The relay as the recipes have it, and the host that it sends everything to. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly relay: RunningRelay;
  readonly host: MailHost;
  /** By the numbers in the recipes; `starttls` is the 2525 of those that use STARTTLS. */
  readonly ports: Readonly<Record<'plain' | 'starttls' | 'submission' | 'implicit', number>>;
  /** `sendmail` as the installer makes it, for this relay. */
  readonly sendmail: string;
  /** The authority of its certificate, in PEM, for everybody to read. */
  readonly authority: string;
}

const executable = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The second one is no address of an interface, as Exim wants it. */
const addresses = ['127.0.0.1', '127.0.0.9'];

export async function startWorld(): Promise<World> {
  const scratch = await makeScratch('clients');
  const { directory } = scratch;
  const tls = join(directory, 'tls');
  const made = await runCommand(['certificate', 'create', '--directory', tls, ...addresses], {
    hostname: 'relay.example.net',
  });
  if (made.code !== 0) throw new Error(`certificate create: ${made.stderr}`);
  const authority = join(directory, 'dane-relay.crt');
  await copyFile(join(tls, 'ca.crt'), authority);
  await chmod(authority, 0o644);

  const port = await freePort('127.0.0.1');
  const host = await startMailHost(
    { name: 'mx.example.org', address: '127.0.0.1', port },
    { startTls: false },
  );
  const ports = {
    plain: await freePort('127.0.0.1'),
    starttls: await freePort('127.0.0.1'),
    submission: await freePort('127.0.0.1'),
    implicit: await freePort('127.0.0.1'),
  };
  const certified = `certificate = ["${join(tls, 'relay.crt')}"], key = ["${join(tls, 'relay.key')}"]`;
  const listeners = addresses.flatMap((address) => [
    `{ address = "${address}:${ports.plain}" }`,
    `{ address = "${address}:${ports.starttls}", tls = "starttls", tls_required = true, ${certified} }`,
    `{ address = "${address}:${ports.submission}", tls = "starttls", auth = "require", ${certified} }`,
    `{ address = "${address}:${ports.implicit}", tls = "implicit", auth = "require", ${certified} }`,
  ]);
  const users = join(directory, 'users');
  const added = await runCommand(
    ['user', 'add', login.user],
    { 'intake.users': users },
    `${login.password}\n`,
  );
  if (added.code !== 0) throw new Error(`user add: ${added.stderr}`);
  const spool = join(directory, 'spool');
  const sendmail = join(directory, 'sendmail');
  const call = `DANE_RELAY_CONFIG= DANE_RELAY_SPOOL_DIR='${spool}' exec '${process.execPath}' '${executable}'`;
  await writeFile(sendmail, `#!/bin/sh\n${call} sendmail "$@"\n`, { mode: 0o755 });
  const relay = await startRelay({
    set: {
      spool_dir: spool,
      'intake.users': users,
      hostname: 'relay.example.net',
      listen: '',
      listener: `[${listeners.join(', ')}]`,
      // It asks no name server for anything that matters here, and none that is not ours.
      'dns.servers': '127.0.0.1:1',
      'delivery.relayhost': `[127.0.0.1]:${port}`,
      'tls.level': 'none',
    },
  });
  return {
    directory,
    relay,
    host,
    ports,
    sendmail,
    authority,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await host.stop();
      await scratch.remove();
    },
  };
}
