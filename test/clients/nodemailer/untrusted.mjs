import { createTransport } from 'nodemailer';

const relay = createTransport({ host: 'relay.example.net', port: 2525 });
await relay.sendMail({
  from: 'app@example.com',
  to: 'admin@example.org',
  subject: 'Backup',
  text: 'The backup is done.\n.profile was left out.\n.\n',
});
relay.close();
