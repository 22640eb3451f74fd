import { describe, expect, it } from 'vitest';
import { findRoute, restOfPath, type StatusRoute } from './route.ts';

const answer = (): never => {
  throw new Error('not asked');
};
const routes: readonly StatusRoute[] = [
  { method: 'GET', path: '/', level: 'look', answer },
  { method: 'GET', path: '/api/queue', level: 'look', answer },
  { method: 'POST', path: '/api/queue/hold', level: 'act', answer },
  { method: 'GET', path: '/api/explain/', level: 'look', answer },
];

describe('findRoute()', () => {
  it.each([
    ['GET', '/', '/'],
    ['GET', '/api/queue', '/api/queue'],
    ['HEAD', '/api/queue', '/api/queue'],
    ['POST', '/api/queue/hold', '/api/queue/hold'],
    ['GET', '/api/explain/4jX6Z', '/api/explain/'],
  ])('finds %s %s', (method, path, expected) => {
    expect(findRoute(routes, method, path)).toEqual({ route: expect.objectContaining({ path: expected }) });
  });

  it.each(['/x', '/api/queue/', '/api/explain/', '/api/explain', '//', ''])('knows no %s', (path) => {
    expect(findRoute(routes, 'GET', path)).toBe('unknown path');
  });

  it('says which methods there are', () => {
    expect(findRoute(routes, 'POST', '/api/queue')).toEqual({ allowed: ['GET', 'HEAD'] });
    expect(findRoute(routes, 'GET', '/api/queue/hold')).toEqual({ allowed: ['POST'] });
  });
});

describe('restOfPath()', () => {
  it.each([
    ['/api/explain/4jX6Z', '4jX6Z'],
    ['/api/explain/a%40b.example', 'a@b.example'],
    ['/api/explain/a%2Fb', 'a/b'],
    ['/api/explain/%E0%A4%A', undefined],
  ])('of %s', (path, expected) => {
    expect(restOfPath(new URL(`http://relay${path}`), { path: '/api/explain/' })).toBe(expected);
  });
});
