import { createTransport } from 'nodemailer';

const relay = createTransport({ host: '127.0.0.1', port: 2525, ignoreTLS: true });
await relay.sendMail({
  from: 'app@example.com',
  to: 'admin@example.org',
  subject: 'Backup',
  text: 'The backup is done.\n.profile was left out.\n.\n',
});
relay.close();
