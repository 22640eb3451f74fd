import { asciiBody, type Client } from './client.ts';

const exim = 'update-exim4.conf && sendmail -odf -oi -f app@example.com admin@example.org < message.eml';
const opensmtpd = `{ until sendmail -f app@example.com admin@example.org < message.eml; do sleep 1; done } & exec smtpd -d`;
const nullmailer = `mkfifo -m 622 /var/spool/nullmailer/trigger 2> /dev/null || true
chown -R mail:mail /var/spool/nullmailer
nullmailer-inject -f app@example.com admin@example.org < message.eml && exec setpriv --reuid mail --regid mail --clear-groups nullmailer-send`;
const eximConf = (file: string) =>
  ({ file, place: '/etc/exim4/update-exim4.conf.conf', language: 'sh' }) as const;

/** Clients that are in Debian, each played in a root of its own. */
export const packagedClients: readonly Client[] = [
  {
    name: 'Exim',
    folder: 'exim',
    packages: ['exim4-daemon-light'],
    special:
      'Freezes mail for a smarthost at an address of its own machine, whatever the port: 127.0.0.9 is none.',
    recipes: [
      {
        door: 'plain',
        title: 'Satellite of a relay on the same machine',
        text: `The relay must listen on 127.0.0.9, too. Run \`update-exim4.conf\` and restart Exim after a change; \
\`dpkg-reconfigure exim4-config\` writes the same file.`,
        files: [eximConf('plain.conf')],
        run: exim,
      },
      {
        door: 'plain',
        title: 'What fails: a smarthost at 127.0.0.1',
        text: 'The message is frozen, with `remote host address is the local host` in its log.',
        files: [eximConf('loop.conf')],
        run: `${exim}; cat /var/log/exim4/mainlog; false`,
        fails: /remote host address is the local host/,
      },
      {
        door: 'starttls',
        title: 'Satellite, with TLS that is verified',
        text: `Without these macros Exim uses TLS if it is offered, and connects again and sends in clear if the certificate \
does not verify.`,
        files: [
          eximConf('starttls.conf'),
          { file: 'tls.localmacros', place: '/etc/exim4/exim4.conf.localmacros', language: 'ini' },
        ],
        run: exim,
      },
      {
        door: 'starttls',
        title: 'What fails: a certificate that does not verify, and no macros',
        text: `Exim begins TLS, gives it up, connects again and would send in clear. This relay has \`tls_required\`, and \
refuses that.`,
        files: [eximConf('starttls.conf')],
        run: `${exim}; cat /var/log/exim4/mainlog; false`,
        trustsNobody: true,
        fails: /delivering unencrypted to [^]*Must issue a STARTTLS command first/,
      },
      {
        door: 'login',
        title: 'Satellite, with login',
        text: '`passwd.client` belongs to root and the group Debian-exim, and is readable for nobody else.',
        files: [
          eximConf('login.conf'),
          { file: 'tls.localmacros', place: '/etc/exim4/exim4.conf.localmacros', language: 'ini' },
          { file: 'passwd.client', place: '/etc/exim4/passwd.client', language: 'sh' },
        ],
        run: exim,
      },
    ],
  },
  {
    name: 'OpenSMTPD',
    folder: 'opensmtpd',
    packages: ['opensmtpd'],
    special: '`smtp://` does not verify; `smtp+tls://` and `smtps://` do.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.conf', place: '/etc/smtpd.conf', language: 'sh' }],
        run: opensmtpd,
        daemon: true,
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.conf', place: '/etc/smtpd.conf', language: 'sh' }],
        run: opensmtpd,
        daemon: true,
      },
      {
        door: 'login',
        title: 'Login',
        files: [
          { file: 'login.conf', place: '/etc/smtpd.conf', language: 'sh' },
          { file: 'secrets', place: '/etc/smtpd-secrets', language: 'sh' },
        ],
        run: opensmtpd,
        daemon: true,
      },
    ],
  },
  {
    name: 'msmtp',
    folder: 'msmtp',
    packages: ['msmtp'],
    special: 'Has no queue: what the relay does not take is an error of the program that called it.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.msmtprc', place: '/etc/msmtprc', language: 'sh' }],
        run: 'msmtp admin@example.org < message.eml',
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.msmtprc', place: '/etc/msmtprc', language: 'sh' }],
        run: 'msmtp admin@example.org < message.eml',
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.msmtprc', place: '/etc/msmtprc', language: 'sh' }],
        run: 'msmtp admin@example.org < message.eml',
      },
    ],
  },
  {
    name: 'nullmailer',
    folder: 'nullmailer',
    packages: ['nullmailer'],
    special: 'Says HELO and sends 8-bit text all the same. Keeps what the relay does not take now.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.remotes', place: '/etc/nullmailer/remotes', language: 'sh' }],
        run: nullmailer,
        daemon: true,
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.remotes', place: '/etc/nullmailer/remotes', language: 'sh' }],
        run: nullmailer,
        daemon: true,
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.remotes', place: '/etc/nullmailer/remotes', language: 'sh' }],
        run: nullmailer,
        daemon: true,
      },
    ],
  },
  {
    name: 'dma',
    folder: 'dma',
    packages: ['dma'],
    special: 'One connection for each recipient. It does not verify certificates.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.conf', place: '/etc/dma/dma.conf', language: 'sh' }],
        run: 'dma -D -i -f app@example.com admin@example.org < message.eml',
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.conf', place: '/etc/dma/dma.conf', language: 'sh' }],
        run: 'dma -D -i -f app@example.com admin@example.org < message.eml',
      },
      {
        door: 'login',
        title: 'Login',
        files: [
          { file: 'login.conf', place: '/etc/dma/dma.conf', language: 'sh' },
          { file: 'auth.conf', place: '/etc/dma/auth.conf', language: 'sh' },
        ],
        run: 'dma -D -i -f app@example.com admin@example.org < message.eml',
      },
    ],
  },
  {
    name: 'PHPMailer',
    folder: 'phpmailer',
    packages: ['php-cli', 'libphp-phpmailer'],
    special: 'WordPress and many others. Uses STARTTLS wherever it is offered (`SMTPAutoTLS`), and verifies.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.php', language: 'php' }],
        run: 'php plain.php',
        body: [...asciiBody, ''],
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.php', language: 'php' }],
        run: 'php starttls.php',
        body: [...asciiBody, ''],
      },
      {
        door: 'starttls',
        title: 'What fails: STARTTLS with an authority that the machine does not know',
        text: 'It sends nothing, and says `SMTP Error: Could not connect to SMTP host`.',
        files: [],
        run: 'php starttls.php',
        trustsNobody: true,
        fails: /SMTP Error: Could not connect to SMTP host/,
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.php', language: 'php' }],
        run: 'php login.php',
        body: [...asciiBody, ''],
      },
    ],
  },
  {
    name: 'Symfony Mailer',
    folder: 'symfony',
    packages: ['php-cli', 'php-symfony-mailer'],
    special: 'Laravel, Nextcloud, Drupal. Uses STARTTLS wherever it is offered, and verifies.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.php', language: 'php' }],
        run: 'php plain.php',
        body: [...asciiBody, ''],
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.php', language: 'php' }],
        run: 'php starttls.php',
        body: [...asciiBody, ''],
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.php', language: 'php' }],
        run: 'php login.php',
        body: [...asciiBody, ''],
      },
    ],
  },
  {
    name: 'Ruby mail',
    folder: 'ruby',
    packages: ['ruby', 'ruby-mail'],
    special:
      'Rails, GitLab. Uses STARTTLS wherever it is offered unless told not to, and verifies. Version 2.7 doubles the dot of a line that has nothing else.',
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.rb', language: 'ruby' }],
        run: 'ruby plain.rb',
        body: ['The backup is done.', '.profile was left out.', '..'],
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.rb', language: 'ruby' }],
        run: 'ruby starttls.rb',
        body: ['The backup is done.', '.profile was left out.', '..'],
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.rb', language: 'ruby' }],
        run: 'ruby login.rb',
        body: ['The backup is done.', '.profile was left out.', '..'],
      },
    ],
  },
  {
    name: 'Perl Net::SMTP',
    folder: 'perl',
    packages: ['perl', 'libio-socket-ssl-perl', 'libauthen-sasl-perl'],
    special: 'Sends a CR inside a line as it is; the relay makes a blank of it.',
    needs: { check: 'perl -MNet::SMTP -e1', missing: 'Net::SMTP of Perl is not installed' },
    recipes: [
      {
        door: 'plain',
        title: 'Without TLS',
        files: [{ file: 'plain.pl', language: 'perl' }],
        run: 'perl plain.pl',
        here: true,
        body: asciiBody,
      },
      {
        door: 'starttls',
        title: 'STARTTLS',
        files: [{ file: 'starttls.pl', language: 'perl' }],
        run: 'perl starttls.pl',
        body: asciiBody,
      },
      {
        door: 'login',
        title: 'Login',
        files: [{ file: 'login.pl', language: 'perl' }],
        run: 'perl login.pl',
        body: asciiBody,
      },
    ],
  },
];
