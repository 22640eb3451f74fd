import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import { SESSION_COOKIE, type PageLogin } from './page-login.ts';
import { bearerOf, cookieOf, hostOf, isBrowser, isCrossSite, isOwnHost } from './request-origin.ts';
import { troubleAnswer, type StatusAccess, type StatusLevel, type WholeAnswer } from './route.ts';

/** What the guard is told of a request. */
export interface GuardedRequest {
  readonly via: 'socket' | 'tcp';
  /** Absent on the unix socket. */
  readonly remoteAddress?: string | undefined;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** Who may have what. A request is let in with what its sender may do, or refused. */
export type Guard = (
  request: GuardedRequest,
  level: StatusLevel,
) => StatusAccess | { readonly refused: WholeAnswer; readonly wrongToken?: true };

export interface GuardOptions {
  readonly login: PageLogin;
  /** Names by which this relay is reached, besides addresses and `localhost`; in lower case. */
  readonly hosts: readonly string[];
}

const LOGIN_NEEDED =
  'the token of status.token_file is needed, as "Authorization: Bearer TOKEN" or by the login page';

type Credential =
  | { readonly kind: 'socket' | 'token' | 'wrong token' | 'none' }
  | { readonly kind: 'cookie'; readonly cookie: string };

export function createGuard({ login, hosts }: GuardOptions): Guard {
  /** How the sender shows who it is. A cookie comes by itself, whoever made the browser send it. */
  function credential({ via, headers }: GuardedRequest): Credential {
    const bearer = bearerOf(headers);
    if (bearer !== undefined) return { kind: login.isToken(bearer) ? 'token' : 'wrong token' };
    if (via === 'socket') return { kind: 'socket' };
    const cookie = cookieOf(headers, SESSION_COOKIE);
    return cookie !== undefined && login.isSession(cookie) ? { kind: 'cookie', cookie } : { kind: 'none' };
  }

  return (request, level) => {
    if (level === 'open') return { look: false, act: false, pageToken: '' };
    const { via, remoteAddress = '', method, url, headers } = request;
    if (!isOwnHost(hostOf(headers.host), hosts))
      return refuse(421, 'by this name the relay is not reached; status.hosts lists further ones');
    const shown = credential(request);
    if (shown.kind === 'wrong token') return { ...refuse(401, 'nobody has this token'), wrongToken: true };
    // Whoever reaches the relay gets a token of the page: it must not be that of an operator.
    const sender = shown.kind === 'cookie' ? `cookie ${shown.cookie}` : shown.kind;
    if (method === 'POST' && shown.kind !== 'token') {
      if (isCrossSite(headers)) return refuse(403, 'this came from the page of another site');
      const isOurs = login.isPageToken(
        header(headers['x-page-token']) ?? url.searchParams.get('page') ?? undefined,
        sender,
      );
      // A program at the socket is run by whoever may open it; a browser is run by the pages in it.
      const isProgram = shown.kind === 'socket' && !isBrowser(headers);
      // What nobody may do is not asked for by a page, however old.
      const isNothing = shown.kind === 'none' && level === 'act';
      if (!isOurs && !isProgram && !isNothing)
        return refuse(403, 'this did not come from the page as it is now: load it again');
    }
    const act = shown.kind !== 'none';
    const look = act || (via === 'tcp' && isLoopbackAddress(remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')));
    if (level === 'look' && !look) return refuse(401, LOGIN_NEEDED);
    if (level === 'act' && !act) return refuse(401, LOGIN_NEEDED);
    return { look, act, pageToken: login.pageToken(sender) };
  };
}

function refuse(status: number, error: string): { readonly refused: WholeAnswer } {
  const headers = status === 401 ? { 'www-authenticate': 'Bearer realm="dane-relay"' } : {};
  return { refused: { ...troubleAnswer(status, error), headers } };
}

function header(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
