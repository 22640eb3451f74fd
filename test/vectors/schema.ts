/** As much of JSON Schema (draft 2020-12) as `vectors.schema.json` uses. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer' | 'null';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly anyOf?: readonly Schema[];
}

/** Where `value` breaks the schema: `rows/3/expect: unknown property "host"`. */
export function schemaFaults(value: unknown, schema: unknown): readonly string[] {
  const root = schema as Schema;

  function faults(part: unknown, written: Schema, path: string): string[] {
    const rule = written.$ref === undefined ? written : definition(written.$ref);
    const say = (text: string): string => `${path || '/'}: ${text}`;
    if (rule.anyOf !== undefined) {
      const each = rule.anyOf.map((choice) => faults(part, choice, path));
      if (each.every((found) => found.length > 0))
        return [say(`none of ${each.length} forms: ${each.flat().join('; ')}`)];
    }
    if (rule.type !== undefined && typeOf(part) !== rule.type) return [say(`not of type ${rule.type}`)];
    if (rule.enum !== undefined && !rule.enum.includes(part))
      return [say(`not one of ${rule.enum.join(', ')}`)];
    if (typeof part === 'string' && rule.pattern !== undefined && !new RegExp(rule.pattern, 'u').test(part))
      return [say(`"${part}" does not match ${rule.pattern}`)];
    if (Array.isArray(part)) {
      const few = rule.minItems !== undefined && part.length < rule.minItems ? [say('too few items')] : [];
      const { items } = rule;
      if (items === undefined) return few;
      return [...few, ...part.flatMap((item: unknown, place) => faults(item, items, `${path}/${place}`))];
    }
    return typeOf(part) === 'object' ? memberFaults(part as object, rule, path) : [];
  }

  function memberFaults(part: object, rule: Schema, path: string): string[] {
    const { properties = {}, required = [], additionalProperties } = rule;
    const missing = required.filter((name) => !Object.hasOwn(part, name));
    return [
      ...missing.map((name) => `${path}: "${name}" is missing`),
      ...Object.entries(part).flatMap(([name, member]: [string, unknown]) => {
        const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
        if (own === false) return [`${path}: unknown property "${name}"`];
        return own === undefined ? [] : faults(member, own, `${path}/${name}`);
      }),
    ];
  }

  function definition(reference: string): Schema {
    const found = root.$defs?.[reference.replace('#/$defs/', '')];
    if (found === undefined) throw new Error(`the schema has no ${reference}`);
    return found;
  }

  return faults(value, root, '');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
