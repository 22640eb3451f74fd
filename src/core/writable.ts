/**
 * A value while it is made: what may be absent is assigned where it is present. For what is made for every message:
 * `...(x !== undefined && { x })` costs the engine more than all other things that happen to such an object.
 */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
