import { asciiBody, type Client } from './client.ts';

/** Clients that machines have which run the tests. */
export const machineClients: readonly Client[] = [
  {
    name: 'Postfix',
    folder: 'postfix',
    special: 'Any port but 25 on the same machine. Its SASL does not use PLAIN unless told so.',
    needs: { check: 'command -v postconf', missing: 'Postfix is not installed' },
    recipes: [
      {
        door: 'plain',
        title: 'Relayhost, without TLS',
        files: [{ file: 'plain.cf', place: '/etc/postfix/main.cf', language: 'ini' }],
        run: 'postfix',
      },
      {
        door: 'starttls',
        title: 'Relayhost, with TLS that is verified',
        text: '`secure` checks the certificate and its name; with `encrypt` neither is checked.',
        files: [{ file: 'starttls.cf', place: '/etc/postfix/main.cf', language: 'ini' }],
        run: 'postfix',
      },
      {
        door: 'plain',
        title: 'Relayhost, with stray CR and LF left as they are',
        text: `An old Postfix, or one with this setting, sends on what it was given. The relay makes a blank of a CR inside \
a line, unless \`intake.bare_newline\` is \`reject\`.`,
        files: [{ file: 'stray-cr.cf', place: '/etc/postfix/main.cf', language: 'ini' }],
        run: 'postfix stray-cr',
      },
      {
        door: 'login',
        title: 'Relayhost, with login',
        text: 'The package `libsasl2-modules` has the mechanisms; Postfix takes SCRAM-SHA-256. The file of the password is for root alone. `texthash` needs no `postmap`.',
        files: [
          { file: 'login.cf', place: '/etc/postfix/main.cf', language: 'ini' },
          { file: 'relay_password', place: '/etc/postfix/relay_password', language: 'sh' },
        ],
        run: 'postfix',
      },
      {
        door: 'login',
        title: 'Relayhost, with login by PLAIN',
        text: 'For users whose password is not stored for SCRAM-SHA-256 (`dane-relay user list`), and for a Postfix without that mechanism.',
        files: [
          { file: 'plain-login.cf', place: '/etc/postfix/main.cf', language: 'ini' },
          { file: 'relay_password', place: '/etc/postfix/relay_password', language: 'sh' },
        ],
        run: 'postfix',
      },
      {
        door: 'login',
        title: 'What fails: login by PLAIN without smtp_sasl_security_options',
        text: 'Postfix finds `No worthy mechs`, and keeps the mail.',
        files: [
          { file: 'noplaintext.cf', place: '/etc/postfix/main.cf', language: 'ini' },
          { file: 'relay_password', place: '/etc/postfix/relay_password', language: 'sh' },
        ],
        run: 'postfix',
        fails: /No worthy mechs found/,
      },
    ],
  },
  {
    name: 'cron and sendmail',
    folder: 'sendmail',
    special:
      'What calls `/usr/sbin/sendmail`: cron, PHP, mailx, mutt, git. The message is kept even if the relay is down.',
    recipes: [
      {
        door: 'plain',
        title: 'As cron calls it',
        text: `\`node deploy/service.mjs install --sendmail\`, on the machine of the relay, makes this program. \
[operating.md](operating.md#mail-from-programs-on-the-same-machine) has its options.`,
        files: [{ file: 'cron.sh', language: 'sh' }],
        run: 'sh cron.sh',
      },
    ],
  },
  {
    name: 'Python smtplib',
    folder: 'python',
    special:
      '`send_message()` sends CRLF. `sendmail()` sends octets as they are, with LF: the relay takes both.',
    needs: { check: 'command -v python3', missing: 'Python is not installed' },
    recipes: [
      {
        door: 'plain',
        title: 'A message',
        files: [{ file: 'plain.py', language: 'python' }],
        run: 'python3 plain.py',
        body: asciiBody,
      },
      {
        door: 'plain',
        title: 'Octets, with lines that end with LF',
        files: [{ file: 'bytes.py', language: 'python' }],
        run: 'python3 bytes.py',
        body: [...asciiBody, ''],
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        text: 'Without a context of its own `starttls()` checks nothing.',
        files: [{ file: 'starttls.py', language: 'python' }],
        run: 'python3 starttls.py',
        body: asciiBody,
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.py', language: 'python' }],
        run: 'python3 login.py',
        body: asciiBody,
      },
    ],
  },
  {
    name: 'nodemailer',
    folder: 'nodemailer',
    special: 'Uses STARTTLS wherever it is offered, and then wants a certificate that it can verify.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.mjs', language: 'js' }],
        run: 'node plain.mjs',
        body: asciiBody,
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        text: '`NODE_EXTRA_CA_CERTS` in the environment does the same as `ca`, for the whole program.',
        files: [{ file: 'starttls.mjs', language: 'js' }],
        run: 'node starttls.mjs',
        body: asciiBody,
      },
      {
        door: 'starttls',
        title: 'What fails: STARTTLS with an authority that it does not know',
        text: 'It sends nothing, and says `unable to verify the first certificate`.',
        files: [{ file: 'untrusted.mjs', language: 'js' }],
        run: 'node untrusted.mjs',
        fails: /unable to verify the first certificate/,
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.mjs', language: 'js' }],
        run: 'node login.mjs',
        body: asciiBody,
      },
    ],
  },
  {
    name: 'curl',
    folder: 'curl',
    special: 'Without `--crlf` it sends LF, and loses a dot at the beginning of a line.',
    needs: { check: 'curl --version | grep -q smtp', missing: 'curl with SMTP is not installed' },
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.sh', language: 'sh' }],
        run: 'sh plain.sh',
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.sh', language: 'sh' }],
        run: 'sh starttls.sh',
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.sh', language: 'sh' }],
        run: 'sh login.sh',
      },
      {
        door: 'plain',
        title: 'What fails: without --crlf',
        text: `Lines end with LF, and curl doubles no dot behind one. This message has a line with nothing but a dot, which could \
be taken for its end, so the relay refuses it. Of a line that only begins with a dot, the dot would be lost.`,
        files: [{ file: 'lf.sh', language: 'sh' }],
        run: 'sh lf.sh',
        fails: /^curl: \(8\) /m,
      },
    ],
  },
  {
    name: 'swaks',
    folder: 'swaks',
    special: 'For trying things out: it shows the whole dialogue.',
    needs: { check: 'command -v swaks', missing: 'swaks is not installed' },
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.sh', language: 'sh' }],
        run: 'sh plain.sh',
        body: [...asciiBody, '', ''],
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.sh', language: 'sh' }],
        run: 'sh starttls.sh',
        body: [...asciiBody, '', ''],
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.sh', language: 'sh' }],
        run: 'sh login.sh',
        body: [...asciiBody, '', ''],
      },
    ],
  },
];
