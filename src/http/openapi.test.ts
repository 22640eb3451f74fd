import { expect, test } from 'vitest';
import { openApi } from './openapi.ts';
import { createRoutes } from './routes.ts';

test('the OpenAPI document has the routes that there are, and no others', () => {
  const routes = createRoutes({} as Parameters<typeof createRoutes>[0]);
  const served = routes.map(({ method, path }) => `${method} ${path}`);
  const described = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.toSorted()).toEqual(served.toSorted());
});

test('references lead somewhere', () => {
  const references = [...JSON.stringify(openApi).matchAll(/#\/components\/schemas\/(\w+)/g)];
  expect(references.length).toBeGreaterThan(5);
  for (const [, name = ''] of references) expect(openApi.components.schemas).toHaveProperty(name);
});
