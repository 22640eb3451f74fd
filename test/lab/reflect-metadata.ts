/**
 * The part of the Reflect metadata proposal that `@peculiar/x509` (through tsyringe) asks for at load time.
 * Imported before it, and by nothing else.
 */
const stores = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return stores.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (stores.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const store = stores.get(target) ?? new Map<unknown, unknown>();
  stores.set(target, store.set(key, value));
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getOwnMetadata, getMetadata, defineMetadata });
