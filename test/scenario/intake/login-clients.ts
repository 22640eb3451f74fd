import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { freePort } from '../../../src/children/free-port.ts';
import { startPostfix } from '../../lab/postfix-instance.ts';
import { postfixObstacle, saslObstacle, searchPath } from '../../lab/privileges.ts';
import { until } from '../../lab/until.ts';
import { sendMail } from '../../support/send-mail.ts';

/** What a client is told to do: one message, with a login. */
export interface Attempt {
  /** STARTTLS, TLS before the greeting, or none although it is offered. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly port: number;
  readonly mechanism: string;
  readonly user: string;
  readonly password: string;
  /** File of the certificate that it trusts, and no other. */
  readonly authority: string;
  readonly hostname: string;
  readonly sender: string;
  /** For files of its own. */
  readonly directory: string;
}

/** A program that sends mail, none of ours. */
export interface LoginClient {
  readonly name: string;
  /** Why it is not here, or `undefined`. */
  readonly obstacle: string | undefined;
  readonly mechanisms: readonly string[];
  /** What it says of a wrong password, and of a certificate of an authority that it does not know. */
  readonly refused: RegExp;
  readonly distrusts: RegExp;
  /** Resolves with all that it said. It may have failed. */
  readonly send: (attempt: Attempt) => Promise<string>;
}

const recipient = 'r@y.example';
const message = 'Subject: x\r\n\r\nx\r\n';

const python = `
import smtplib, ssl, sys
tls, port, mechanism, user, password, authority, sender = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
if tls == "implicit":
    relay = smtplib.SMTP_SSL("127.0.0.1", int(port), context=context)
else:
    relay = smtplib.SMTP("127.0.0.1", int(port))
with relay:
    if tls == "starttls":
        relay.starttls(context=context)
    relay.ehlo()
    relay.user, relay.password = user, password
    relay.auth(mechanism, getattr(relay, "auth_" + mechanism.lower()))
    relay.sendmail(sender, ["${recipient}"], b"Subject: x\\r\\n\\r\\nx\\r\\n")
`;

/** Runs a program to its end, however that is. */
function run(program: string, words: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: searchPath() };
    const child = execFile(program, words, { env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error === null ? '' : `\nended with ${error.code}`}`),
    );
    // It may end without reading.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function missing(program: string): string | undefined {
  const { error } = spawnSync(program, ['--version'], { env: { ...process.env, PATH: searchPath() } });
  return error === undefined ? undefined : `${program} is not installed`;
}

async function sendByPostfix(attempt: Attempt): Promise<string> {
  const { tls, port, mechanism, user, password, authority, hostname, sender } = attempt;
  const directory = await mkdtemp(path.join(attempt.directory, 'postfix-'));
  // Its users pass through.
  await chmod(directory, 0o711);
  const passwords = path.join(directory, 'passwords');
  await writeFile(passwords, `[127.0.0.1]:${port} ${user}:${password}\n`, { mode: 0o600 });
  const own = await freePort('127.0.0.1');
  const postfix = await startPostfix({
    directory: path.join(directory, 'instance'),
    address: '127.0.0.1',
    port: own,
    parameters: {
      myhostname: 'client.example',
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      relayhost: `[127.0.0.1]:${port}`,
      smtp_tls_security_level: 'secure',
      smtp_tls_secure_cert_match: hostname,
      smtp_tls_CAfile: authority,
      smtp_tls_wrappermode: tls === 'implicit' ? 'yes' : 'no',
      smtp_sasl_auth_enable: 'yes',
      smtp_sasl_password_maps: `texthash:${passwords}`,
      smtp_sasl_security_options: 'noanonymous',
      smtp_sasl_mechanism_filter: mechanism.toLowerCase(),
    },
  });
  try {
    await sendMail(own, { from: sender, to: recipient });
    await until(async () => /status=/.test(await postfix.log()), 'a verdict of Postfix');
    return await postfix.log();
  } finally {
    await postfix.stop();
  }
}

export const loginClients: readonly LoginClient[] = [
  {
    name: 'Python smtplib',
    obstacle: missing('python3'),
    mechanisms: ['PLAIN', 'LOGIN'],
    refused: /SMTPAuthenticationError: \(535, b'5\.7\.8 Error: authentication failed/,
    distrusts: /certificate verify failed/,
    send: ({ tls, port, mechanism, user, password, authority, sender }) =>
      run('python3', ['-c', python, tls, `${port}`, mechanism, user, password, authority, sender]),
  },
  {
    name: 'swaks',
    obstacle: missing('swaks'),
    mechanisms: ['PLAIN', 'LOGIN'],
    refused: /535 5\.7\.8 Error: authentication failed[\s\S]*ended with 28/,
    distrusts: /certificate (?:verify|verification) failed[\s\S]*ended with 29/,
    send: ({ tls, port, mechanism, user, password, authority, sender }) => {
      const under = { starttls: ['--tls'], implicit: ['--tls-on-connect'], none: [] }[tls];
      const trust = ['--tls-verify', '--tls-ca-path', authority];
      const login = ['--auth', mechanism, '--auth-user', user, '--auth-password', password];
      const envelope = ['--from', sender, '--to', recipient];
      return run('swaks', [
        '--server',
        '127.0.0.1',
        '--port',
        `${port}`,
        ...under,
        ...(tls === 'none' ? [] : trust),
        ...login,
        ...envelope,
      ]);
    },
  },
  {
    name: 'curl',
    obstacle: missing('curl'),
    mechanisms: ['PLAIN', 'LOGIN'],
    refused: /curl: \(67\) Login denied/,
    distrusts: /curl: \(60\) SSL certificate problem/,
    send: ({ tls, port, mechanism, user, password, authority, sender }) =>
      run(
        'curl',
        [
          '--silent',
          '--show-error',
          '--ssl-reqd',
          '--cacert',
          authority,
          '--user',
          `${user}:${password}`,
          '--login-options',
          `AUTH=${mechanism}`,
          '--mail-from',
          sender,
          '--mail-rcpt',
          recipient,
          '--upload-file',
          '-',
          `${tls === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
        ],
        message,
      ),
  },
  {
    name: 'nodemailer',
    obstacle: undefined,
    mechanisms: ['PLAIN', 'LOGIN'],
    refused: /Invalid login: 535 5\.7\.8 Error: authentication failed/,
    distrusts: /self-signed certificate in certificate chain|unable to verify|unable to get/,
    async send({ tls, port, mechanism, user, password, authority, sender }) {
      const transport = createTransport({
        host: '127.0.0.1',
        port,
        secure: tls === 'implicit',
        requireTLS: true,
        tls: { ca: readFileSync(authority) },
        auth: { user, pass: password },
        authMethod: mechanism,
      });
      try {
        const { response } = await transport.sendMail({
          envelope: { from: sender, to: recipient },
          raw: message,
        });
        return response;
      } catch (error) {
        return String(error);
      } finally {
        transport.close();
      }
    },
  },
  {
    name: 'Postfix',
    obstacle: postfixObstacle() ?? saslObstacle(),
    mechanisms: ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'],
    refused: /status=deferred \(SASL authentication failed; server .* said: 535 5\.7\.8 Error/,
    distrusts: /status=deferred \(Server certificate not (trusted|verified)\)/,
    send: sendByPostfix,
  },
];
