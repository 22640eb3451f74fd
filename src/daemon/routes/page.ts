import type { PageState } from '../../core/page/page-state.ts';
import { seriesSpans } from '../../core/series/series-view.ts';
import type { Series } from '../../core/series/series.ts';
import type { PageFiles } from '../../status/page-files.ts';
import type { PageLogin } from '../../status/page-login.ts';
import {
  jsonAnswer,
  troubleAnswer,
  type StatusAccess,
  type StatusAnswer,
  type StatusRoute,
} from '../../status/route.ts';
import type { WatchedValue } from '../../status/watched-value.ts';

export interface PagePorts {
  readonly files: PageFiles;
  readonly login: PageLogin;
  readonly state: () => Promise<PageState>;
  readonly series: Series;
  readonly watched: WatchedValue;
  /** A wrong token was given in the login form: waits, and logs it. */
  readonly wrongToken: () => Promise<void>;
  readonly now: () => number;
}

/** The page with its files, its login, and what it shows of the relay as a whole. */
export function pageRoutes({
  files,
  login,
  state,
  series,
  watched,
  wrongToken,
  now,
}: PagePorts): readonly StatusRoute[] {
  const shown = async (access: StatusAccess): Promise<StatusAnswer> =>
    access.look ? files.page(await state(), access) : files.loginPage(access.pageToken, '');
  return [
    { method: 'GET', path: '/', level: 'door', answer: ({ access }) => shown(access) },
    {
      method: 'GET',
      path: '/assets/',
      level: 'door',
      answer: async ({ url }) => files.asset(url.pathname) ?? troubleAnswer(404, 'there is no such file'),
    },
    {
      method: 'GET',
      path: '/login',
      level: 'door',
      answer: async ({ access }) => files.loginPage(access.pageToken, ''),
    },
    {
      method: 'GET',
      path: '/api/login',
      level: 'door',
      answer: async ({ access: { act, pageToken } }) => jsonAnswer({ schema: 1, act, pageToken }),
    },
    {
      method: 'POST',
      path: '/login',
      level: 'door',
      async answer({ body, access }) {
        const token = new URLSearchParams(await body()).get('token') ?? '';
        if (login.isToken(token.trim())) return seeOther('/', login.begin());
        await wrongToken();
        return { ...files.loginPage(access.pageToken, 'This is not the token.'), status: 401 };
      },
    },
    { method: 'POST', path: '/logout', level: 'door', answer: async () => seeOther('/', login.end()) },
    {
      method: 'GET',
      path: '/api/state',
      level: 'look',
      async answer({ access: { pageToken, ...access } }) {
        return jsonAnswer({ ...(await state()), access, pageToken });
      },
    },
    {
      method: 'GET',
      path: '/api/series',
      level: 'look',
      async answer({ url }) {
        const span = seriesSpans.find((one) => one === (url.searchParams.get('span') ?? 'day'));
        if (span === undefined) return troubleAnswer(400, `span is one of ${seriesSpans.join(', ')}`);
        return jsonAnswer({ schema: 1, ...series.view(span, now()) });
      },
    },
    {
      method: 'GET',
      path: '/api/events',
      level: 'look',
      answer: async ({ signal }) => ({
        status: 200,
        type: 'text/event-stream; charset=utf-8',
        headers: { 'x-accel-buffering': 'no' },
        body: watched.events(signal),
      }),
    },
  ];
}

function seeOther(location: string, cookie: string): StatusAnswer {
  return { status: 303, type: 'text/plain', body: '', headers: { location, 'set-cookie': cookie } };
}
