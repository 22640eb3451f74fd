import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';

const relay = createTransport({
  host: 'relay.example.net',
  port: 465,
  secure: true,
  auth: { user: 'app', pass: 'correct-horse' },
  tls: { ca: readFileSync('/etc/ssl/certs/dane-relay.pem') },
});
await relay.sendMail({
  from: 'app@example.com',
  to: 'admin@example.org',
  subject: 'Backup',
  text: 'The backup is done.\n.profile was left out.\n.\n',
});
relay.close();
