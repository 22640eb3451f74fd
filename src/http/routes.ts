import { json, type Answer } from './answer.ts';
import { openApi } from './openapi.ts';
import { getMessage } from './message-status.ts';
import { postMessage, type PostContext } from './post-message.ts';
import type { Problem } from './problem.ts';
import type { HttpRequest } from './request.ts';

/** What is served, by whom. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/v1/messages/{id}`: what stands for the braces is the parameter. */
  readonly path: string;
  readonly serve: (request: HttpRequest, parameter: string) => Promise<Answer>;
  /** For anybody, without a token. */
  readonly open?: () => Answer;
}

export function createRoutes(context: PostContext): readonly Route[] {
  return [
    { method: 'POST', path: '/v1/messages', serve: (request) => postMessage(request, context) },
    {
      method: 'GET',
      path: '/v1/messages/{id}',
      serve: (request, id) => getMessage(request, id, context.ports),
    },
    {
      method: 'GET',
      path: '/v1/openapi.json',
      serve: () => Promise.resolve(json(200, openApi)),
      open: () => json(200, openApi),
    },
  ];
}

/** The route of a request with its parameter, or why there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly parameter: string } | Problem {
  const here = routes.flatMap((route) => {
    const parameter = match(route.path, path);
    return parameter === undefined ? [] : [{ route, parameter }];
  });
  if (here.length === 0) return { status: 404, detail: 'nothing is served at this path' };
  const found = here.find(({ route }) => route.method === method);
  const allow = here.map(({ route }) => route.method).join(', ');
  return found ?? { status: 405, detail: `this path takes ${allow}`, headers: { allow } };
}

function match(pattern: string, path: string): string | undefined {
  const [before = '', braces] = pattern.split(/\{\w+\}/);
  if (braces === undefined) return path === pattern ? '' : undefined;
  const rest = path.startsWith(before) ? path.slice(before.length) : '';
  return rest === '' || rest.includes('/') ? undefined : rest;
}
