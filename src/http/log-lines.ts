import { asciiLine } from '../core/dns/ascii-line.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** A client as the log names it: `HOST[ADDR]`. */
export interface HttpClient {
  readonly name: string;
  readonly address: string;
}

/** A token that nobody has. In the form of Postfix's failed logins, which fail2ban reads. */
export function tokenUnknown({ name, address }: HttpClient): LogEvent {
  return {
    component: 'smtpd',
    severity: 'warning',
    event: 'http token unknown',
    text: `${name}[${address}]: SASL BEARER authentication failed: unknown token, sasl_username=unknown`,
    fields: { clientName: name, clientAddress: address },
  };
}

/** A request that came to nothing before it was a transaction. @param method as the client gave it, and so the path */
export function requestRefused(
  { name, address }: HttpClient,
  request: { readonly method: string; readonly path: string; readonly user: string | undefined },
  { status, detail }: { readonly status: number; readonly detail: string },
): LogEvent {
  const { user } = request;
  const path = asciiLine(request.path, 100);
  const what = `${asciiLine(request.method, 20)} ${path}`;
  const who = user === undefined ? '' : `, sasl_username=${user}`;
  return {
    component: 'smtpd',
    severity: 'info',
    event: 'http request refused',
    text: `NOQUEUE: reject: ${what} from ${name}[${address}]: ${status} ${asciiLine(detail, 300)}${who}`,
    fields: {
      clientName: name,
      clientAddress: address,
      path,
      status,
      detail,
      ...(user !== undefined && { user }),
    },
  };
}

/** A mistake of ours in the midst of a request. */
export function requestBug(reason: string): LogEvent {
  const text = `NOQUEUE: internal error, the request is answered 500: ${asciiLine(reason, 2000)}`;
  return { component: 'smtpd', severity: 'error', event: 'bug', text, fields: { reason } };
}
