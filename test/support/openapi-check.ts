import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApi } from '../../src/http/openapi.ts';

/** Holds what the server answers against its OpenAPI document. */

interface Described {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}
type Paths = Readonly<
  Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>>
>;

const ajv = new Ajv2020({ strict: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ } });
ajv.addSchema(openApi, 'openapi');
const validators = new Map<object, ValidateFunction>();

/** Throws if the document does not describe this answer. Of paths that it does not have the answer is 404, of methods 405. */
export function checkAnswer(method: string, path: string, response: Response, body: unknown): void {
  const { status, headers } = response;
  const found = Object.entries(openApi.paths as unknown as Paths).find(([pattern]) => matches(pattern, path));
  const operation = found?.[1][method.toLowerCase()];
  const where = `${method} ${path}: ${status}`;
  const type = headers.get('content-type') ?? '';
  if (operation === undefined) {
    if (status !== (found === undefined ? 404 : 405) && status !== 400)
      throw new Error(`${where} of no operation`);
    return validate(problemSchema, body, where);
  }
  const described = operation.responses[String(status)];
  if (described === undefined) throw new Error(`${where} is not in the OpenAPI document`);
  const content = described.content[type];
  if (content === undefined) throw new Error(`${where}: ${type} is not in the OpenAPI document`);
  const optional = ['Idempotent-Replayed'];
  for (const name of Object.keys(described.headers ?? {}))
    if (!optional.includes(name) && !headers.has(name)) throw new Error(`${where} lacks ${name}`);
  validate(content.schema, body, where);
}

const problemSchema = { $ref: '#/components/schemas/Problem' };

function validate(schema: object, body: unknown, where: string): void {
  const known = validators.get(schema) ?? ajv.compile(absolute(schema));
  validators.set(schema, known);
  if (!known(body)) throw new Error(`${where}: ${ajv.errorsText(known.errors)}\n${JSON.stringify(body)}`);
}

/** References of the document are into itself. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
}

function matches(pattern: string, path: string): boolean {
  const [start = '', ...rest] = pattern.split(/\{\w+\}/);
  if (rest.length === 0) return path === pattern;
  const parameter = path.slice(start.length);
  return path.startsWith(start) && !['', 'openapi.json'].includes(parameter) && !parameter.includes('/');
}
