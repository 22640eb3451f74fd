import type { CommandHandler } from './command.ts';

/** RFC 3207 §4. */
export const startTls: CommandHandler = (session, line) => {
  if (session.identity.tls !== undefined) return '554 5.5.1 Error: TLS already active';
  if (session.startTlsOffer === 'none') return '502 5.5.1 Error: command not implemented';
  if (line.trim().length > 'STARTTLS'.length) return '501 5.5.4 Syntax: STARTTLS';
  if (session.startTlsOffer === 'unusable') return '454 4.7.0 TLS not available due to local problem';
  session.startTls('220 2.0.0 Ready to start TLS');
  return undefined;
};
